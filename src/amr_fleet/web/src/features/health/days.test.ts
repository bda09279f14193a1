import { expect, it } from "vitest";

import type { RobotTrend, TrendPoint } from "../../shared/api/types";
import { daysOf } from "./days";

const robot = (name: string, done: number): RobotTrend => ({ robot: name, done, availability: 1, soc_min: 0.4, soc_used: 0.5, faults: 0, interventions: 0 });
const point = (begin: number, robots: RobotTrend[]): TrendPoint => ({ begin, robots }) as unknown as TrendPoint;

it("shows one robot's days, the newest first, and leaves out those without it", () => {
  const points = [point(0, [robot("a", 1), robot("b", 2)]), point(86_400, [robot("b", 3)]), point(172_800, [robot("a", 4)])];
  expect(daysOf(points, "a").map((day) => [day.begin, day.robot.done])).toEqual([[172_800, 4], [0, 1]]);
  expect(daysOf(points, "c")).toEqual([]);
  expect(daysOf([], "a")).toEqual([]);
});
