import { expect, it } from "vitest";

import type { RobotTrend, TrendPoint } from "./api";
import { compared, isWhole, levelOf, longestWait, robotsOf, valueOf } from "./figures";

const DAY = 86_400;
const point = (day: number, more: Partial<TrendPoint> = {}): TrendPoint => ({
  begin: day * DAY, end: (day + 1) * DAY, hours: 24, created: 9, done: 9, per_hour: 10, service_p95: 300, with_deadline: 0, late: 0,
  wait_share: 0.2, waits: {}, availability: 1, faults: 0, interventions: 0, robots: [], ...more,
});
const robot = (name: string, more: Partial<RobotTrend> = {}): RobotTrend => ({ robot: name, done: 1, availability: 1, soc_min: 0.5, soc_used: 0, faults: 0, interventions: 0, ...more });

it("knows a share of late orders only where there were deadlines", () => {
  expect(valueOf(point(1), "late_share")).toBeNull();
  expect(valueOf(point(1, { with_deadline: 8, late: 2 }), "late_share")).toBe(0.25);
  expect(valueOf(point(1, { per_hour: null }), "per_hour")).toBeNull();
});

it("compares the last whole day with the mean of the whole ones before", () => {
  const days = [point(1, { hours: 3, per_hour: 900 }), point(2, { per_hour: 8 }), point(3, { per_hour: 12 }), point(4, { per_hour: 15 }), point(5, { hours: 11, per_hour: 1 })];
  expect(compared(days, "per_hour")).toEqual({ change: 0.5, count: 2 });
  expect([isWhole(point(1, { hours: 23.99 })), isWhole(point(1, { hours: 23 }))]).toEqual([true, false]);
});

it("calls less waiting better, and more of it worse", () => {
  expect(compared([point(1, { wait_share: 0.2 }), point(2, { wait_share: 0.1 })], "wait_share")?.change).toBeCloseTo(0.5);
  expect(compared([point(1, { wait_share: 0.2 }), point(2, { wait_share: 0.3 })], "wait_share")?.change).toBeCloseTo(-0.5);
});

it("compares nothing with nothing", () => {
  expect(compared([], "per_hour")).toBeNull();
  expect(compared([point(1)], "per_hour")).toBeNull();
  expect(compared([point(1, { per_hour: null }), point(2)], "per_hour")).toBeNull();
  expect(compared([point(1, { per_hour: 0 }), point(2)], "per_hour")).toEqual({ change: null, count: 1 });
  expect(compared([point(1, { faults: 0, wait_share: 0 }), point(2, { wait_share: 0 })], "wait_share")).toEqual({ change: 0, count: 1 });
});

it("names the longest wait", () => {
  expect(longestWait(point(1, { waits: { "wait.person": 5, "wait.traffic": 9 } }))).toEqual(["wait.traffic", 9]);
  expect(longestWait(point(1))).toBeUndefined();
});

it("lists every robot once, in the order of numbers", () => {
  expect(robotsOf([point(1, { robots: [robot("amr_10"), robot("amr_2")] }), point(2, { robots: [robot("amr_2"), robot("amr_1")] })])).toEqual(["amr_1", "amr_2", "amr_10"]);
});

it.each([
  [robot("a", { availability: 0.95 }), "availability", ""],
  [robot("a", { availability: 0.85 }), "availability", "warn"],
  [robot("a", { availability: 0.5 }), "availability", "bad"],
  [robot("a", { soc_min: 0.15 }), "soc_min", "warn"],
  [robot("a", { soc_min: 0.05 }), "soc_min", "bad"],
  [robot("a", { soc_min: null }), "soc_min", ""],
  [robot("a", { faults: 1 }), "faults", "warn"],
  [robot("a", { faults: 3 }), "faults", "bad"],
  [robot("a", { done: 0 }), "done", ""],
  [undefined, "availability", ""],
] as const)("judges %o by %s: %s", (one, metric, level) => {
  expect(levelOf(one, metric)).toBe(level);
});
