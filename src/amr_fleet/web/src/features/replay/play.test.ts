import { expect, it } from "vitest";

import type { Site } from "../../shared/api/types";
import type { Chunk, PastState } from "./api";
import { indexAt, near, planOf, sameSite, show, unpack } from "./play";

const chunk: Chunk = {
  t: [10, 11, 12],
  robots: {
    amr_01: { x: [100, 50, 0], y: [200, 0, 0], h: [0, 157, 0], state: [[1, ["lift_amr", "BUSY", "T00001", true, 0.5, true, true, false, "wait.traffic", "amr_02", 9]]] },
  },
  seen: [[], [[100, 200, 0]], [[300, 400, 1]]],
  plan: "",
};

it("adds up the differences, and knows only a place before the first state", () => {
  const [first, second, third] = unpack([chunk]).frames;
  expect(first?.robots[0]).toMatchObject({ x: 1, y: 2, theta: 0, status: "OFFLINE", waiting: null });
  expect(second?.robots[0]).toMatchObject({ x: 1.5, theta: 1.57, order_id: "T00001", loaded: true, waiting: { code: "wait.traffic", facts: { robot: "amr_02" }, since: 9 } });
  expect(third?.robots[0]).toMatchObject({ x: 1.5, order_id: "T00001" });
  expect([second?.tracks[0]?.kind, third?.tracks[0]?.kind]).toEqual(["person", "vehicle"]);
});

it.each([
  [0, 0],
  [10, 0],
  [11.5, 1],
  [99, 2],
])("finds the picture of %s", (t, index) => {
  expect(indexAt(unpack([chunk]), t)).toBe(index);
});

it("glides only from the picture before", () => {
  const frames = { last: null, previous: null, lastAt: 0, previousAt: 0 };
  show(frames, unpack([chunk]), 10, undefined, true);
  show(frames, unpack([chunk]), 11, undefined, true);
  expect(frames).toMatchObject({ previous: { t: 10 }, last: { t: 11 } });
  show(frames, unpack([chunk]), 12, undefined, false);
  expect(frames.previous).toBeNull();
});

it("shows nothing of an empty recording", () => {
  const frames = { last: null, previous: null, lastAt: 0, previousAt: 0 };
  show(frames, unpack([]), 10, undefined, true);
  expect(frames.last).toBeNull();
});

const empty = () => ({ last: null, previous: null, lastAt: 0, previousAt: 0 }) as Parameters<typeof show>[0];
const past = (t: number, zone_id: string) => ({ t, zones: [{ zone_id }], orders: [], alarms: [] }) as unknown as PastState;

it("closes on a moment that stands what was closed then, though that is known after the robots", () => {
  const frames = empty();
  show(frames, unpack([chunk]), 11, past(5000, "of another moment"), false);
  expect(frames.last?.zones).toEqual([]);
  show(frames, unpack([chunk]), 11, past(11, "Z1"), false);
  expect(frames.last).toMatchObject({ t: 11, zones: [{ zone_id: "Z1" }] });
});

it("knows nothing of a moment of which nothing was recorded, and forgets the picture of another", () => {
  const frames = empty();
  show(frames, unpack([chunk]), 12, undefined, false);
  show(frames, unpack([chunk]), 600, undefined, false);
  expect([frames.last, frames.previous]).toEqual([null, null]);
  show(frames, unpack([chunk]), 12, undefined, false);
  show(frames, unpack([]), 12, undefined, false);
  expect(frames.last).toBeNull();
});

it("does not take what was open at one moment for what was open at another", () => {
  expect(near(past(100, "Z1"), 109)?.t).toBe(100);
  expect(near(past(100, "Z1"), 4000)).toBeUndefined();
});

it("knows on which plan of the site a moment was recorded, none where nobody wrote it down or nothing was recorded", () => {
  const at = (t: number, plan: string): Chunk => ({ ...chunk, t: [t, t + 1, t + 2], plan });
  const recording = unpack([at(10, ""), at(13, "aa"), at(600, "bb")]);
  expect([10, 12.9, 13, 15, 300, 601].map((t) => planOf(recording, t))).toEqual(["", "", "aa", "aa", undefined, "bb"]);
});

it("takes two sites for the same when they look alike", () => {
  const site = { id: "a", walls: [{ points: [[0, 1]] }] } as unknown as Site;
  expect([sameSite(site, structuredClone(site)), sameSite(site, { ...site, walls: [] })]).toEqual([true, false]);
});
