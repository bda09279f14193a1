import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { api, ApiError } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";
import { useEnded } from "../../shared/session/ended";
import { leave } from "../../shared/session/leaving";
import { askMe } from "../../shared/session/me";
import { type Task, workApi } from "./api";
import { loadNumber, matching, meant, wrongDigit } from "./codes";
import { inMemory } from "./kept";
import { serverTime } from "./last";
import { add, drop, flush, HOLD_MS, keepIn, letGo, useOutbox } from "./outbox";
import { arrivedOf, isStuck, sayable } from "./TaskList";
import { en, vi as vietnamese } from "./texts";

const say = (order_id: string, at: number) => ({ order_id, said: "ready" as const, place: "D1", at, read: "", text: "", photos: [] });
const offline = () => Promise.reject(new ApiError("client.unreachable", {}, 0));
const refused = (code: string, status: number) => () => Promise.reject(new ApiError(code, {}, status));

const session = (user: string): Me => ({ user, role: "worker" }) as Me;

beforeEach(() => {
  keepIn(inMemory());
  useOutbox.setState({ items: [], other: null, told: [] });
  vi.spyOn(workApi, "me").mockImplementation(() => Promise.resolve(session("tam")));
  useEnded.setState({ ended: false });
});
afterEach(() => void vi.restoreAllMocks());

describe("what a phone has not sent", () => {
  it("is kept while there is no network and sent in order under the same keys", async () => {
    const sent = vi.spyOn(workApi, "say").mockImplementation(offline);
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    await flush("tam");
    expect(sent.mock.calls.map(([body]) => body.order_id)).toEqual(["T1"]); // the rest waits for it
    expect(useOutbox.getState().items).toHaveLength(2);
    const [key] = sent.mock.calls.map(([, used]) => used);
    sent.mockReset().mockResolvedValue({ ok: true });
    await flush("tam");
    expect(sent.mock.calls.map(([body]) => body.order_id)).toEqual(["T1", "T2"]);
    expect(sent.mock.calls[0]?.[1]).toBe(key);
    expect(useOutbox.getState().items).toEqual([]);
  });

  it("is sent in the order of presses within a tenth of a second, however the browser's database lists it", async () => {
    const memory = inMemory();
    keepIn({ ...memory, all: async () => (await memory.all()).reverse() });
    const sent = vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
    for (const order of ["T1", "T2", "T3"]) await add({ user: "tam", at: 1, say: say(order, 1), photos: [] });
    await flush("tam");
    expect(sent.mock.calls.map(([body]) => body.order_id)).toEqual(["T1", "T2", "T3"]);
  });

  it("sends nothing of another person and nothing twice at once", async () => {
    const sent = vi.spyOn(workApi, "call").mockResolvedValue({ order_id: "T1" });
    await add({ user: "tam", at: 1, call: { place: "D1", to_place: "A1", load_id: "" }, photos: [] });
    await add({ user: "hai", at: 2, call: { place: "D1", to_place: "A1", load_id: "" }, photos: [] });
    await Promise.all([flush("tam"), flush("tam"), flush("tam")]);
    expect(sent).toHaveBeenCalledTimes(1);
    expect(useOutbox.getState().items.map((item) => item.user)).toEqual(["hai"]);
  });

  it("sends only the pictures that did not arrive before a cut", async () => {
    const photo = vi.spyOn(workApi, "photo").mockResolvedValueOnce({ photo: "a", days: 7 }).mockImplementationOnce(offline).mockResolvedValue({ photo: "b", days: 7 });
    const sent = vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: ["one", "two"] });
    await flush("tam");
    expect(sent).not.toHaveBeenCalled();
    await flush("tam");
    expect(photo.mock.calls.map(([image]) => image)).toEqual(["one", "two", "two"]);
    const keys = photo.mock.calls.map(([, key]) => key);
    expect(keys[1]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
    expect(sent.mock.calls[0]?.[0].photos).toEqual(["a", "b"]);
  });

  it.each([
    ["photo.not_kept", 503],
    ["photo.unreadable", 400],
    ["request.too_large", 413],
  ])("sends the word without a picture that the server does not take (%s), says so, and goes on", async (code, status) => {
    const photo = vi.spyOn(workApi, "photo").mockImplementationOnce(refused(code, status)).mockResolvedValue({ photo: "b", days: 7 });
    const sent = vi.spyOn(workApi, "say").mockImplementationOnce(offline).mockResolvedValue({ ok: true });
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: ["one", "two"] });
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    await flush("tam");
    await flush("tam");
    expect(photo.mock.calls.map(([image]) => image)).toEqual(["one", "two"]);
    expect(new Set(photo.mock.calls.map(([, key]) => key)).size).toBe(2);
    expect(sent.mock.calls.map(([body]) => [body.order_id, body.photos])).toEqual([["T1", ["b"]], ["T1", ["b"]], ["T2", []]]);
    const [left, ...more] = useOutbox.getState().items;
    expect([left?.without?.code, left?.sent, left?.refused, more]).toEqual([code, true, undefined, []]);
    await flush("tam");
    expect(sent).toHaveBeenCalledTimes(3); // what is only to be read is not said again
    await drop(left?.key ?? "");
    expect(useOutbox.getState().items).toEqual([]);
  });

  it("tells what the server does not take, goes on with the rest, and forgets it when read", async () => {
    const sent = vi.spyOn(workApi, "say").mockImplementationOnce(refused("work.not_now", 409)).mockResolvedValue({ ok: true });
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    await flush("tam");
    const [left] = useOutbox.getState().items;
    expect([useOutbox.getState().items.length, left?.say?.order_id, left?.refused?.code]).toEqual([1, "T1", "work.not_now"]);
    await flush("tam");
    expect(sent).toHaveBeenCalledTimes(2);
    await drop(left?.key ?? "");
    expect(useOutbox.getState().items).toEqual([]);
  });

  it("sends nothing under another person's session, and says whose it is", async () => {
    const sent = vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
    const me = vi.spyOn(workApi, "me").mockImplementation(offline);
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    await flush("tam"); // the page was opened without a network and only remembers tam
    expect(useOutbox.getState().other).toBeNull();
    me.mockResolvedValue(session("lan"));
    await flush("tam");
    expect(sent).not.toHaveBeenCalled();
    expect(useOutbox.getState().other?.user).toBe("lan");
    expect(useOutbox.getState().items).toHaveLength(1);
    me.mockImplementation(refused("auth.required", 401));
    await flush("tam");
    expect(useEnded.getState().ended).toBe(true);
    me.mockResolvedValue(session("tam"));
    await flush("tam");
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it("sends nothing that was withdrawn while something else was being sent", async () => {
    const call = { place: "D1", to_place: "A1", load_id: "", at: 2 };
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: ["one"] });
    await add({ user: "tam", at: 2, call, photos: [] });
    const called = vi.spyOn(workApi, "call").mockResolvedValue({ order_id: "T9" });
    const sent = vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
    vi.spyOn(workApi, "photo").mockImplementation(async () => {
      for (const { key } of useOutbox.getState().items) await drop(key);
      return { photo: "a", days: 7 };
    });
    await flush("tam");
    expect([sent.mock.calls, called.mock.calls, useOutbox.getState().items]).toEqual([[], [], []]);
  });

  it("keeps what frees a place back for a moment, and no longer: not when the clock is set, not in a pocket", async () => {
    const sent = vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
    const order = () => sent.mock.calls.map(([body]) => body.order_id);
    await add({ user: "tam", at: 1, until: Date.now() + HOLD_MS, say: say("T1", 1), photos: [] });
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    await flush("tam");
    expect(order()).toEqual([]); // what was pressed after it waits, too
    for (const { key, say: word } of useOutbox.getState().items) if (word?.order_id === "T1") await drop(key);
    await flush("tam");
    expect(order()).toEqual(["T2"]);
    await add({ user: "tam", at: 3, until: Date.now() - 1, say: say("T3", 3), photos: [] });
    await add({ user: "tam", at: 4, until: Date.now() + 100 * HOLD_MS, say: say("T4", 4), photos: [] });
    await flush("tam");
    expect(order()).toEqual(["T2", "T3", "T4"]);
    await add({ user: "tam", at: 5, until: Date.now() + HOLD_MS, say: say("T5", 5), photos: [] });
    await letGo();
    await flush("tam");
    expect(order()).toEqual(["T2", "T3", "T4", "T5"]);
  });

  it("asks the server for nothing while nothing waits", async () => {
    await add({ user: "hai", at: 1, say: say("T1", 1), photos: [] });
    await flush("tam");
    expect(workApi.me).not.toHaveBeenCalled();
  });

  it.each([
    [503, "store.failed"],
    [429, "request.too_many"],
    [409, "idempotency.running"],
    [502, "client.unreachable"],
    [401, "auth.required"],
  ])("keeps what may go well later: %i %s", async (status, code) => {
    vi.spyOn(workApi, "say").mockImplementation(refused(code, status));
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    await flush("tam");
    expect(useOutbox.getState().items[0]?.refused).toBeUndefined();
    expect(useOutbox.getState().items).toHaveLength(1);
    expect(useEnded.getState().ended).toBe(status === 401);
  });
});

describe("a phone whose browser does not keep things", () => {
  /** IndexedDB as far as it is used here; faulty: what its transactions throw, "" = nothing. */
  function browser() {
    const rows = new Map<string, unknown>();
    const state = { faulty: "InvalidStateError", opened: 0, databases: [] as { onclose?: () => void }[] };
    const asked = (result: unknown): { result: unknown } => ({ result });
    const table = {
      getAll: () => asked([...rows.values()]),
      put: (item: { key: string }) => asked(rows.set(item.key, item)),
      delete: (key: string) => asked(rows.delete(key)),
    };
    const transaction = () => {
      if (state.faulty !== "") throw new DOMException("closed", state.faulty);
      const made: { objectStore: () => typeof table; oncomplete?: () => void } = { objectStore: () => table };
      queueMicrotask(() => made.oncomplete?.());
      return made;
    };
    vi.stubGlobal("indexedDB", {
      open: () => {
        const database: { transaction: typeof transaction; onclose?: () => void } = { transaction };
        state.opened += 1;
        state.databases.push(database);
        const opening: { result: unknown; onsuccess?: () => void } = { result: database };
        queueMicrotask(() => opening.onsuccess?.());
        return opening;
      },
    });
    keepIn(null);
    return { state, rows };
  }
  afterEach(() => vi.unstubAllGlobals());

  it("loses nothing that it cannot write down, says so, and sends it", async () => {
    const { state, rows } = browser();
    const sent = vi.spyOn(workApi, "say").mockImplementationOnce(offline).mockResolvedValue({ ok: true });
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    expect([useOutbox.getState().items.length, useOutbox.getState().lasting]).toEqual([1, false]);
    await flush("tam");
    state.faulty = "";
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    expect([useOutbox.getState().items.length, rows.size]).toEqual([2, 1]);
    await flush("tam");
    expect(sent.mock.calls.map(([body]) => body.order_id)).toEqual(["T1", "T1", "T2"]);
    expect([useOutbox.getState().items, rows.size, useOutbox.getState().lasting]).toEqual([[], 0, true]);
  });

  it("opens its database anew when the browser has closed it", async () => {
    const { state, rows } = browser();
    state.faulty = "";
    await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
    expect(state.opened).toBe(1);
    state.databases[0]?.onclose?.();
    await add({ user: "tam", at: 2, say: say("T2", 2), photos: [] });
    expect([state.opened, rows.size, useOutbox.getState().lasting]).toEqual([2, 2, true]);
  });
});

it("logs out before anything else what was left without a network", async () => {
  const post = vi.spyOn(api, "post").mockImplementation(offline);
  const get = vi.spyOn(api, "get").mockResolvedValue(session("tam"));
  await expect(leave()).rejects.toThrow("client.unreachable");
  await expect(askMe()).rejects.toThrow("client.unreachable");
  expect(get).not.toHaveBeenCalled(); // nobody goes on with the session of who has left
  post.mockReset().mockImplementation(refused("auth.required", 401));
  await askMe();
  await askMe();
  expect(post.mock.calls).toEqual([["/api/v1/logout"]]);
  expect(get).toHaveBeenCalledTimes(2);
});

it.each([
  ["(00)106141412345678908", "106141412345678908"],
  ["00 1061 4141 2345 6789 08", "106141412345678908"],
  ["]C100106141412345678908", "106141412345678908"],
  ["\u001d00106141412345678908", "106141412345678908"], // what Android's reader makes of FNC1
  ["]C1\u001d00106141412345678908\u001d", "106141412345678908"],
  ["\u001d0010614141234567890810LOT7", "106141412345678908"],
  ["]d20010614141234567890810LOT7\u001d3748", "106141412345678908"],
  ["\u001d02040123450000093748\u001d00106141412345678908", "106141412345678908"],
  ["(02)04012345000009(37)48(00)106141412345678908", "106141412345678908"],
  ["\u001d0204012345000009374\u001d10LOT7", "0204012345000009374 10LOT7"],
  ["PAL-7\u0004", "PAL-7"],
  ["\u001d", ""],
  ["0010614141234567890810LOT7", "0010614141234567890810LOT7"], // no mark of GS1: any text may be so
  ["csqu 305438-3", "CSQU3054383"],
  [" PAL-7 ", "PAL-7"],
  ["", ""],
])("reads the number in %s", (typed, number) => expect(loadNumber(typed)).toBe(number));

it("takes the number of the pallet from a label with several codes, else the first code", () => {
  expect(meant(["(02)04012345000009(37)48", "(00)106141412345678908"])).toBe("106141412345678908");
  expect(meant(["(00)106141412345678908(10)LOT7"])).toBe("106141412345678908");
  expect(meant(["a.vn/1", "csqu 305438 3"])).toBe("CSQU3054383");
  expect([meant(["PAL-6", "PAL-7"]), meant([" "]), meant([])]).toEqual(["PAL-6", "", ""]);
  expect([meant(["\u001d", "PAL-6"]), meant([`a.vn/${"x".repeat(68)}`, "PAL-6"]), meant(["x".repeat(65)])]).toEqual(["PAL-6", "PAL-6", ""]);
});

it("says which check digit a number should have, and of other texts nothing", () => {
  expect([wrongDigit("CSQU3054384"), wrongDigit("(00) 106141412345678900")]).toEqual(["3", "8"]);
  expect(["CSQU3054383", "106141412345678908", "PAL-6", "78908", ""].map(wrongDigit)).toEqual([null, null, null, null, null]);
});

it("offers only what can be said now", () => {
  const task = (side: Task["side"], state: Task["state"]) => sayable({ side, state } as Task);
  expect(task("from", "TO_PICK")).toEqual(["ready", "wrong", "damaged"]);
  expect(task("from", "TO_DROP")).toEqual([]);
  expect(task("to", "TO_DROP")).toEqual([]);
  expect(task("to", "DONE")).toEqual(["taken", "wrong", "damaged"]);
});

it("finds a load by its number, by its last digits, and in small letters, too", () => {
  const tasks = [{ load_id: "PAL-1", order_id: "T1" }, { load_id: "PAL-10", order_id: "T2" }, { load_id: "106141412345678908", order_id: "T3" }];
  const found = (typed: string): string[] => matching(tasks, typed).map((task) => task.order_id);
  expect([found("PAL-1"), found("pal-10"), found("78908"), found("(00)106141412345678908"), found("pal"), found("9999")]).toEqual([["T1"], ["T2"], ["T3"], ["T3"], ["T1", "T2"], []]);
  expect(found(" ")).toEqual(["T1", "T2", "T3"]);
});

it("does not say that a robot is on its way that waits for something without an end", () => {
  const task = (change: Partial<Task>): Task => ({ state: "TO_PICK", robot: "amr_05", comes: 0, held: false, reason: { code: "wait.paused", facts: {}, since: 0 }, ...change }) as Task;
  expect(isStuck(task({}))).toBe(true);
  expect([task({ comes: 90 }), task({ reason: null }), task({ held: true }), task({ state: "DONE" })].map(isStuck)).toEqual([false, false, false, false]);
});

it("knows what the server has taken before the next list says so, so that nobody presses again", async () => {
  vi.spyOn(workApi, "say").mockResolvedValue({ ok: true });
  const asked = Date.now();
  await add({ user: "tam", at: 1, say: say("T1", 1), photos: [] });
  await flush("tam");
  const { told, items } = useOutbox.getState();
  expect(items).toEqual([]);
  expect(arrivedOf({ order_id: "T1" } as Task, told, asked)).toEqual(["ready"]);
  expect(arrivedOf({ order_id: "T2" } as Task, told, asked)).toEqual([]);
  expect(arrivedOf({ order_id: "T1" } as Task, told, Date.now() + 1)).toEqual([]); // the list is newer
});

it("has every text in both languages", () => expect(Object.keys(en)).toEqual(Object.keys(vietnamese)));

it("tells the server's time, not that of a phone whose clock is wrong", () => {
  const last = { place: "D1", at: 1_000_000, tasks: { unix: 5_000 } } as Parameters<typeof serverTime>[0];
  expect(serverTime(last, 1_060_000)).toBe(5_060);
  expect(serverTime(null, 1_060_000)).toBe(1_060);
});
