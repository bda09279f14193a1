import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Snapshot } from "../api/types";
import { anOrder, aRobot, aSnapshot } from "../testing/samples";
import { forgetLive, frames, startLive, useLive } from "./live";

class FakeSocket {
  static made: FakeSocket[] = [];
  static readonly OPEN = 1;
  readyState = 1;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }
  close(): void {
    this.onclose?.({ code: 1006 });
  }
  send(t: number): void {
    this.onmessage?.({ data: JSON.stringify(aSnapshot({ t })) });
  }
}

const newest = (): FakeSocket => FakeSocket.made[FakeSocket.made.length - 1]!;
let stop: () => void;
const seen: number[] = [];
const loggedOut = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("location", { protocol: "https:", host: "fleet" });
  vi.stubGlobal("WebSocket", FakeSocket);
  FakeSocket.made = [];
  seen.length = 0;
  loggedOut.mockClear();
  stop = startLive(loggedOut, [(s) => seen.push(s.t)]);
});

afterEach(() => {
  stop();
  forgetLive();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = (ms = 1) => vi.advanceTimersByTimeAsync(ms);

/** The same numbers in 0..1 each time. */
function seeded(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at * 48_271) % 2_147_483_647;
    return at / 2_147_483_647;
  };
}

it("keeps the last two pictures for the map and shows the lists at most twice a second", async () => {
  expect(newest().url).toBe("wss://fleet/api/v1/live?packed=1");
  newest().send(1);
  await settle();
  newest().send(2);
  await settle(50);
  expect([frames.previous?.t, frames.last?.t, useLive.getState().panel?.t, seen]).toEqual([1, 2, 1, [1, 2]]);
  await settle(1000);
  newest().send(3);
  await settle();
  expect([useLive.getState().panel?.t, useLive.getState().connection]).toEqual([3, "open"]);
});

it("leaves no list behind the map when the fleet falls silent, and changes nothing of a link that is lost", async () => {
  newest().send(1);
  await settle();
  newest().send(2);
  await settle(100);
  newest().send(3);
  await settle(100);
  expect(useLive.getState().panel?.t).toBe(1);
  newest().close();
  await settle(400);
  expect([frames.last?.t, useLive.getState().panel?.t, useLive.getState().connection]).toEqual([3, 3, "lost"]);
});

it("shows nobody what came for the one before", async () => {
  newest().send(1);
  await settle();
  newest().send(2);
  await settle(50);
  stop();
  forgetLive();
  await settle(2000);
  expect([frames.last, useLive.getState().panel, useLive.getState().receivedAt]).toEqual([null, null, 0]);
});

it("shows whole pictures only, each newer than the last, however they come", async () => {
  const dice = seeded(5);
  const shown: Snapshot[] = [];
  const sent: Snapshot[] = [];
  const stopWatching = useLive.subscribe((state, before) => {
    if (state.panel !== null && state.panel !== before.panel) shown.push(state.panel);
  });
  for (let k = 1; k <= 300; k++) {
    const busy = Math.floor(dice() * 5) + 1;
    const robots = [1, 2, 3, 4, 5].map((n) => aRobot({ name: `amr_0${n}`, status: n === busy ? "BUSY" : "IDLE", order_id: n === busy ? `T${k}` : "" }));
    const picture = aSnapshot({ t: k, robots, orders: [anOrder({ order_id: `T${k}`, robot: `amr_0${busy}` })] });
    sent.push(picture);
    newest().onmessage?.({ data: JSON.stringify(picture) });
    await settle(dice() < 0.2 ? 1500 : dice() * 300);
  }
  await settle(1000);
  stopWatching();
  expect(shown.length).toBeGreaterThan(50);
  for (const one of shown) expect(one).toEqual(sent[one.t - 1]);
  expect(shown.every((one, i) => i === 0 || one.t > (shown[i - 1]?.t ?? 0))).toBe(true);
  expect(useLive.getState().panel).toEqual(sent.at(-1));
});

it("reads only the newest of what came while it was busy", async () => {
  newest().send(1);
  newest().send(2);
  newest().send(3);
  await settle();
  expect(seen).toEqual([3]);
});

it("says that the link is lost, comes back with growing pauses, and is open again with the next picture", async () => {
  newest().send(1);
  await settle();
  newest().close();
  expect(useLive.getState().connection).toBe("lost");
  await settle(700);
  expect(FakeSocket.made).toHaveLength(2);
  newest().close();
  await settle(700);
  expect(FakeSocket.made).toHaveLength(2); // the second pause is longer
  await settle(700);
  expect(FakeSocket.made).toHaveLength(3);
  newest().send(2);
  await settle();
  expect(useLive.getState().connection).toBe("open");
});

it("takes a silent link for a lost one", async () => {
  newest().send(1);
  await settle();
  await settle(5000);
  expect([useLive.getState().connection, FakeSocket.made.length > 1]).toEqual(["lost", true]);
});

it("begins anew after a damaged picture", async () => {
  newest().onmessage?.({ data: "{" });
  await settle();
  expect(useLive.getState().connection).toBe("lost");
});

it.each([
  [401, 1],
  [200, 0],
  [503, 0],
])("asks who is here when it gets no socket, and is told %i", async (status, out) => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response('{"code": "auth.required", "facts": {}}', { status })));
  newest().close();
  await settle(10);
  expect(loggedOut).toHaveBeenCalledTimes(out);
  await settle(2000);
  newest().send(1);
  newest().close(); // a link that was there and is gone says nothing of the session
  await settle(10);
  expect(loggedOut).toHaveBeenCalledTimes(out);
});

it("tells when the session has ended, and does not knock again", async () => {
  newest().onclose?.({ code: 4401 });
  await settle(60_000);
  expect(loggedOut).toHaveBeenCalledOnce();
  expect(FakeSocket.made).toHaveLength(1);
});
