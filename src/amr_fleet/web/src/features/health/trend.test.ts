import { expect, it } from "vitest";

import type { RobotHealth } from "../../shared/api/types";
import { slotsOf, summaryOf } from "./trend";

const point = (begin: number, change: Partial<RobotHealth["points"][number]> = {}): RobotHealth["points"][number] => ({
  begin, end: begin + 3600, known: 3600, linked: 1, offline: 0, soc_min: 0.8, score: 0.9, score_min: 0.7, unsure: 0, ...change,
});
const health = (points: RobotHealth["points"]): RobotHealth => ({ begin: 1000, end: 1000 + 6 * 3600, step: 3600, points });

it("shows every hour of the period and a gap where nothing is known", () => {
  const slots = slotsOf(health([point(3600), point(10_800, { linked: 0.5 })]), "linked");
  expect(slots.map((slot) => slot.begin)).toEqual([3600, 7200, 10_800, 14_400, 18_000, 21_600]);
  expect(slots.map((slot) => slot.value)).toEqual([1, null, 0.5, null, null, null]);
});

it("shows nothing of before a simulation began", () => {
  const slots = slotsOf({ ...health([point(3600)]), begin: -600_000 }, "linked");
  expect(slots[0]?.begin).toBe(0);
});

it("says what is bad by link, place and charge", () => {
  const levels = (change: Parameters<typeof point>[1]): string[] => (["linked", "placed", "charge"] as const).map((measure) => slotsOf(health([point(3600, change)]), measure)[0]?.level ?? "");
  expect(levels({})).toEqual(["normal", "normal", "normal"]);
  expect(levels({ linked: 0.97, unsure: 5, soc_min: 0.19 })).toEqual(["amber", "amber", "amber"]);
  expect(levels({ linked: 0.8, unsure: 61, soc_min: 0.05 })).toEqual(["red", "red", "red"]);
});

it("has nothing to show where nobody counted", () => {
  expect(slotsOf(health([]), "linked")).toEqual([]);
  expect(slotsOf(health([point(3600, { score: null, score_min: null })]), "placed")).toEqual([]);
  expect(summaryOf(health([]), "charge")).toEqual({ mean: null, least: null, lost: 0 });
});

it("sums by the time that is known", () => {
  const points = [point(3600, { known: 900, linked: 0.6, offline: 300, unsure: 20 }), point(7200, { known: 2700 })];
  expect(summaryOf(health(points), "linked")).toEqual({ mean: 0.9, least: 0.6, lost: 300 });
  expect(summaryOf(health(points), "placed").lost).toBe(20);
});
