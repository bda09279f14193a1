import { expect, it } from "vitest";

import { along, frame, heightOf, legs, type Point3, progress, wholeWay } from "./way";

const PAD = [0, 0] as const;
const WAY: Point3[] = [[0, 0, 6], [10, 0, 6], [10, 0, 2], [10, 4, 2], [0, 0, 6]];
const WHOLE = wholeWay(WAY, PAD);
const AT = along(WHOLE);

it("begins and ends on the pad", () => {
  expect(WHOLE[0]).toEqual([0, 0, 0]);
  expect(WHOLE.at(-1)).toEqual([0, 0, 0]);
  expect(AT.slice(0, 5)).toEqual([0, 6, 16, 20, 24]);
});

it("knows how far an aircraft is along its way", () => {
  expect(progress(WHOLE, AT, { item: 0, x: 0, y: 0, z: 0 })).toBe(0);
  expect(progress(WHOLE, AT, { item: 0, x: 0, y: 0, z: 4 })).toBe(4);
  expect(progress(WHOLE, AT, { item: 1, x: 7, y: 0, z: 6 })).toBe(13);
  expect(progress(WHOLE, AT, { item: 5, x: 0, y: 0, z: 6 })).toBeCloseTo(AT[5]!);
  expect(progress(WHOLE, AT, { item: 99, x: 0, y: 0, z: 0 })).toBe(AT.at(-1));
});

it("stays on its leg when the aircraft is somewhere else, or does not know where it is", () => {
  expect(progress(WHOLE, AT, { item: 1, x: 500, y: 500, z: 6 })).toBe(6);
  expect(progress(WHOLE, AT, { item: 1, x: null, y: null, z: null })).toBe(6);
});

it("colours legs by their lower end and leaves out those that only go up or down", () => {
  const found = legs(WHOLE, 9);
  expect(found.map((leg) => leg.height)).toEqual(["mid", "low", "low"]);
  expect(found[0]).toMatchObject({ from: [0, 0, 6], to: [10, 0, 6] });
  expect([heightOf(3.5, 9), heightOf(3.7, 9), heightOf(6.8, 9)]).toEqual(["low", "mid", "high"]);
});

it("frames the flight with room around it, y downwards", () => {
  expect(frame([[10, 5], [20, 15]], [100, 50])).toEqual([7, 32, 16, 16]);
  expect(frame([], [100, 50])).toEqual([0, 0, 100, 50]);
});
