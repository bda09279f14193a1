import { ApiError } from "../../shared/api/request";
import { PUSH_RENEWED } from "../../shared/session/ended";
import { escalationApi } from "./api";

/** Why this browser cannot be told, or whether it may be asked. */
export type PushAbility = "insecure" | "unsupported" | "denied" | "able";

const OWNER = "amr.push";
/** What the server knows this browser by; an endpoint that it was not told yet, or refused, has another name. */
const KNOWN = "amr.push.device";

export function ability(page: Window = window): PushAbility {
  if (!page.isSecureContext) return "insecure";
  if (!("serviceWorker" in page.navigator && "PushManager" in page && "Notification" in page)) return "unsupported";
  return (page as unknown as typeof globalThis).Notification.permission === "denied" ? "denied" : "able";
}

async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  return navigator.serviceWorker.getRegistration();
}

/** What the server calls this browser, "" when it was not switched on here. An endpoint itself is shown nowhere. */
export async function ownDevice(): Promise<string> {
  if (ability() !== "able") return "";
  const found = await (await worker())?.pushManager.getSubscription();
  return found ? deviceOf(found.endpoint) : "";
}

export async function deviceOf(endpoint: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return [...hash.slice(0, 16)].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** Ask the person, then the browser's service, then tell the server. key: the server's public one. */
export async function switchOn(key: string, user: string): Promise<void> {
  const registration = await worker();
  if (registration === undefined) throw new Error("unsupported");
  if ((await Notification.requestPermission()) !== "granted") throw new Error("denied");
  const before = localStorage.getItem(KNOWN) ?? (await ownDevice());
  if (before !== "") localStorage.setItem(KNOWN, before);
  const { endpoint, keys } = (await subscribed(registration.pushManager, key)).toJSON();
  const { id } = await escalationApi.pushOn({ label: labelOf(navigator.userAgent), endpoint: endpoint ?? "", p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" });
  localStorage.setItem(OWNER, user);
  localStorage.setItem(KNOWN, id);
  // What it was called before. Where that fails it is on all the same: the old name ends by itself.
  if (before !== "" && before !== id) await escalationApi.pushOff(before).catch(() => undefined);
}

/** One that was made with another key of the server's is of no use any more. */
async function subscribed(manager: PushManager, key: string): Promise<PushSubscription> {
  const old = await manager.getSubscription();
  if (old !== null) {
    if (packed(old.options.applicationServerKey) === key) return old;
    await old.unsubscribe();
  }
  try {
    return await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    throw new Error(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "no_service", { cause: error });
  }
}

export async function switchOff(device: string, here: boolean): Promise<void> {
  await escalationApi.pushOff(device);
  if (here) await endHere();
}

function disown(): void {
  localStorage.removeItem(OWNER);
  localStorage.removeItem(KNOWN);
}

async function endHere(): Promise<void> {
  disown();
  await (await (await worker())?.pushManager.getSubscription())?.unsubscribe();
}

/**
 * After each log-in of who switched it on here: the server ends what nobody renews, and a browser may have a new endpoint.
 * What was ended elsewhere stays off. Of another person it is ended: whose alarms these are does not work here now.
 */
export async function renew(user: string): Promise<void> {
  const owner = localStorage.getItem(OWNER);
  if (owner === null || ability() !== "able") return;
  if (owner !== user) {
    await endHere();
    return;
  }
  const { on, key, devices } = await escalationApi.push();
  if (!on) return;
  const own = await ownDevice();
  const known = localStorage.getItem(KNOWN);
  if (own !== "" && !devices.some((one) => one.id === own || one.id === known)) {
    disown();
    return;
  }
  const mark = (device: string): string => [user, device, key, new Date().toDateString()].join(" ");
  if (sessionStorage.getItem(PUSH_RENEWED) === mark(own)) return; // a page that is loaded anew is no press
  try {
    await switchOn(key, user);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403) throw error; // of a log-in with a PIN no page asks again
  }
  sessionStorage.setItem(PUSH_RENEWED, mark(await ownDevice()));
}

export function packed(key: ArrayBuffer | null): string {
  const text = key === null ? "" : btoa(String.fromCharCode(...new Uint8Array(key)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** What its owner knows a browser by: "Chrome, Android". */
export function labelOf(agent: string): string {
  const first = (names: [RegExp, string][]): string => names.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
  const browser = first([[/Edg/, "Edge"], [/SamsungBrowser/, "Samsung Internet"], [/OPR/, "Opera"], [/Firefox|FxiOS/, "Firefox"], [/Chrome|CriOS/, "Chrome"], [/Safari/, "Safari"]]);
  const system = first([[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux|X11/, "Linux"]]);
  return [browser || "Web", system].filter((part) => part !== "").join(", ");
}
