import { beforeEach, expect, it, vi } from "vitest";

import { deviceOf, labelOf, packed } from "./push";

const SITE = ["http:", "", "amr.example"].join("/");
const [source = ""] = Object.values(import.meta.glob<string>("../../../public/sw.js", { query: "?raw", import: "default", eager: true }));
type Listener = (event: object) => void;
const listeners = new Map<string, Listener>();
const shown = vi.fn<(title: string, options: Record<string, unknown>) => Promise<void>>(() => Promise.resolve());
const opened = vi.fn<(url: string) => Promise<null>>(() => Promise.resolve(null));
let tabs: { url: string; focus: () => Promise<void> }[] = [];
const worker = {
  addEventListener: (name: string, listener: Listener) => listeners.set(name, listener),
  registration: { showNotification: shown },
  clients: { matchAll: () => Promise.resolve(tabs), openWindow: opened },
};
// The file is no module: it runs as the browser runs it, with what a worker has.
// eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the worker of the product itself
new Function("self", "location", source)(worker, new URL(`${SITE}/sw.js`));

async function happens(name: string, event: object): Promise<void> {
  const waits: Promise<unknown>[] = [];
  listeners.get(name)?.({ ...event, waitUntil: (one: Promise<unknown>) => waits.push(one) });
  await Promise.all(waits);
}

const click = (data: unknown): Promise<void> => happens("notificationclick", { notification: { close: () => undefined, data } });

beforeEach(() => {
  vi.clearAllMocks();
  tabs = [];
});

it("shows an alarm, and the next step in its place", async () => {
  const said = { title: "[cai_cui] 1", body: "x", lang: "vi", alarm: "A000001", url: "/attention?alarm=A000001" };
  await happens("push", { data: { json: () => said } });
  expect(shown).toHaveBeenCalledWith("[cai_cui] 1", expect.objectContaining({ body: "x", tag: "A000001", renotify: true, data: said.url }));
  expect(JSON.stringify(shown.mock.calls)).not.toContain("actions"); // nothing is done from a notification
});

it("shows something whatever comes: a browser forgets who shows nothing", async () => {
  const broken = { json: () => { throw new SyntaxError("x"); } };
  for (const data of [null, broken, { json: () => null }, { json: () => ({ title: 3 }) }, { json: () => [] }]) {
    await happens("push", { data });
  }
  expect(shown).toHaveBeenCalledTimes(5);
  expect(new Set(shown.mock.calls.map(([title]) => title)).size).toBe(1);
});

it("brings the tab that shows the page to the front, and leaves others alone", async () => {
  const typing = { url: `${SITE}/orders/new`, focus: vi.fn(() => Promise.resolve()) };
  const page = { url: `${SITE}/attention`, focus: vi.fn(() => Promise.resolve()) };
  tabs = [typing];
  await click("/attention?alarm=A000001");
  expect(opened).toHaveBeenCalledWith(`${SITE}/attention?alarm=A000001`);
  tabs = [typing, page];
  await click("/attention?alarm=A000001");
  expect([opened.mock.calls.length, typing.focus.mock.calls.length, page.focus.mock.calls.length]).toEqual([1, 0, 1]);
});

it("opens no foreign address", async () => {
  for (const data of ["//evil.example/x", "javascript:alert(1)", undefined]) await click(data);
  expect(opened.mock.calls.map(([url]) => url)).toEqual(Array(3).fill(`${SITE}/attention`));
});

it("calls a browser as the server does, without its endpoint", async () => {
  expect(await deviceOf("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  expect(packed(new Uint8Array([251, 255, 190]).buffer)).toBe("-_--");
  expect(packed(null)).toBe("");
  expect(labelOf("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36")).toBe("Chrome, Android");
  expect(labelOf("x")).toBe("Web");
});
