import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../../shared/api/request";
import { PUSH_RENEWED } from "../../shared/session/ended";
import { type AlarmBrowser, escalationApi } from "./api";
import { deviceOf, renew, switchOff, switchOn } from "./push";

const KEY = "AQID";
const NEW_KEY = "BAUG";
let key = KEY;
let endpoint: string | null = null;
let madeWith = KEY;
let told: string[] = []; // devices that the server has
let presses = 0;

const subscription = () => ({
  endpoint: endpoint ?? "",
  options: { applicationServerKey: new Uint8Array(madeWith === KEY ? [1, 2, 3] : [4, 5, 6]).buffer },
  toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
  unsubscribe: () => {
    endpoint = null;
    return Promise.resolve(true);
  },
});
const pushManager = {
  getSubscription: () => Promise.resolve(endpoint === null ? null : subscription()),
  subscribe: ({ applicationServerKey }: { applicationServerKey: string }) => {
    endpoint = applicationServerKey === KEY ? "made" : "anew";
    madeWith = applicationServerKey;
    return Promise.resolve(subscription());
  },
};

function storage(): Storage {
  const kept = new Map<string, string>();
  return { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => kept.set(name, value), removeItem: (name: string) => kept.delete(name) } as unknown as Storage;
}

beforeEach(() => {
  endpoint = null;
  key = madeWith = KEY;
  told = [];
  presses = 0;
  const notification = { permission: "granted", requestPermission: () => Promise.resolve("granted") };
  const navigator = { userAgent: "x", serviceWorker: { getRegistration: () => Promise.resolve({ pushManager }) } };
  vi.stubGlobal("localStorage", storage());
  vi.stubGlobal("sessionStorage", storage());
  vi.stubGlobal("Notification", notification);
  vi.stubGlobal("navigator", navigator);
  vi.stubGlobal("window", { isSecureContext: true, navigator, PushManager: {}, Notification: notification });
  vi.spyOn(escalationApi, "push").mockImplementation(() => Promise.resolve({ on: true, key, listed: true, devices: told.map((id) => ({ id }) as AlarmBrowser) }));
  vi.spyOn(escalationApi, "pushOn").mockImplementation(async (body) => {
    presses += 1;
    const id = await deviceOf(body.endpoint);
    if (!told.includes(id)) told.push(id);
    return { id } as AlarmBrowser;
  });
  vi.spyOn(escalationApi, "pushOff").mockImplementation((device) => {
    told = told.filter((one) => one !== device);
    return Promise.resolve({ ok: true });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it("stays off when its owner switched it off on another device, or logged out", async () => {
  await switchOn(KEY, "lan");
  told = [];
  await renew("lan");
  await renew("lan");
  expect([presses, told]).toEqual([1, []]);
  await switchOn(KEY, "lan"); // a press is one again
  expect(told).toHaveLength(1);
});

it("is renewed once after a log-in, not by each page that is loaded: each is an audit row, and takes from the presses", async () => {
  await switchOn(KEY, "lan");
  for (let load = 0; load < 3; load += 1) await renew("lan");
  expect(presses).toBe(2);
  sessionStorage.removeItem(PUSH_RENEWED); // as the page of log-in does
  await renew("lan");
  expect(presses).toBe(3);
});

it("asks once in a log-in with a PIN, which is refused", async () => {
  await switchOn(KEY, "lan");
  const asked = vi.spyOn(escalationApi, "pushOn").mockRejectedValue(new ApiError("push.with_pin", {}, 403));
  asked.mockClear();
  await renew("lan");
  await renew("lan");
  expect(asked).toHaveBeenCalledTimes(1);
});

it("goes on at a new address of the browser, without a press", async () => {
  await switchOn(KEY, "lan");
  endpoint = null; // as browsers do now and then
  await renew("lan");
  expect([presses, endpoint]).toEqual([2, "made"]);
});

it("goes on with the server's new key, without a press, and leaves its old name there to nobody", async () => {
  await switchOn(KEY, "lan");
  key = NEW_KEY;
  await renew("lan");
  expect([presses, endpoint]).toEqual([2, "anew"]);
  expect(told).toEqual([await deviceOf("anew")]);
});

it.each([new ApiError("push.with_pin", {}, 403), new TypeError("Failed to fetch")])("comes on with the server's new key at the next log-in, where one was refused or failed: %s", async (trouble) => {
  await switchOn(KEY, "lan");
  key = NEW_KEY;
  vi.mocked(escalationApi.pushOn).mockRejectedValueOnce(trouble);
  await renew("lan").catch(() => undefined);
  expect([endpoint, told]).toEqual(["anew", [await deviceOf("made")]]);
  sessionStorage.removeItem(PUSH_RENEWED);
  await renew("lan");
  expect(told).toEqual([await deviceOf("anew")]);
});

it("stays off when its owner switched it off elsewhere after the server's new key was refused here", async () => {
  await switchOn(KEY, "lan");
  key = NEW_KEY;
  vi.mocked(escalationApi.pushOn).mockRejectedValueOnce(new ApiError("push.with_pin", {}, 403));
  await renew("lan");
  told = [];
  sessionStorage.removeItem(PUSH_RENEWED);
  await renew("lan");
  expect([presses, told]).toEqual([1, []]);
});

it("goes on with the new key where it was switched on before it kept its name", async () => {
  await switchOn(KEY, "lan");
  localStorage.removeItem("amr.push.device");
  key = NEW_KEY;
  vi.mocked(escalationApi.pushOn).mockRejectedValueOnce(new ApiError("push.with_pin", {}, 403));
  await renew("lan");
  sessionStorage.removeItem(PUSH_RENEWED);
  await renew("lan");
  expect(told).toEqual([await deviceOf("anew")]);
});

it("is on, although its old name could not be taken off the server's list", async () => {
  await switchOn(KEY, "lan");
  vi.mocked(escalationApi.pushOff).mockRejectedValueOnce(new TypeError("Failed to fetch"));
  await switchOn(NEW_KEY, "lan");
  expect(told).toEqual([await deviceOf("made"), await deviceOf("anew")]);
});

it("shows nobody's alarms over the work of another person on the same computer", async () => {
  await switchOn(KEY, "lan");
  await renew("hung");
  expect(endpoint).toBe(null); // its service answers 410 then
  await renew("lan");
  expect([presses, endpoint]).toEqual([1, null]);
});

it("ends here what its owner switches off here, and only here what is here", async () => {
  await switchOn(KEY, "lan");
  await switchOff("another", false);
  expect(endpoint).toBe("made");
  await switchOff(told[0] ?? "", true);
  expect([endpoint, told]).toEqual([null, []]);
});
