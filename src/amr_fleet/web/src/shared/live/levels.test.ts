import { expect, it } from "vitest";

import { anOrder, aRobot } from "../testing/samples";
import { batteryLevel, compareRobots, orderLevel, robotLevel } from "./levels";

const waiting = (since: number) => ({ code: "wait.traffic" as const, facts: {}, since });

it.each([
  ["normal", {}],
  ["red", { online: false }],
  ["red", { status: "ERROR" }],
  ["red", { errors: [{ code: "robot.lost", facts: {}, level: "FATAL" }] }],
  ["amber", { errors: [{ code: "nav.failed", facts: {}, level: "WARNING" }] }],
  ["amber", { paused: true }],
  ["amber", { localized: false }],
  ["waiting", { waiting: waiting(900) }],
  ["amber", { waiting: waiting(800) }],
] as const)("a robot is %s with %j", (level, change) => {
  expect(robotLevel(aRobot({ ...change, errors: "errors" in change ? [...change.errors] : [] }), 1000)).toBe(level);
});

it.each([
  ["amber", { soc: 0.14 }],
  ["normal", { soc: 0.14, charging: true }],
  ["normal", { soc: null }],
] as const)("a battery is %s with %j", (level, change) => {
  expect(batteryLevel(aRobot(change))).toBe(level);
});

it.each([
  ["normal", { deadline: 0 }],
  ["normal", { deadline: 1400 }],
  ["amber", { deadline: 1299 }],
  ["red", { deadline: 999 }],
  ["normal", { deadline: 999, finished: 900 }],
  ["red", { state: "FAILED" }],
] as const)("an order is %s with %j", (level, change) => {
  expect(orderLevel(anOrder(change), 1000)).toBe(level);
});

it("puts trouble first and keeps the others by number, whether they wait or not", () => {
  const robots = [aRobot({ name: "amr_10" }), aRobot({ name: "amr_2", waiting: waiting(990) }), aRobot({ name: "amr_7", paused: true }), aRobot({ name: "amr_9", online: false })];
  expect(robots.sort(compareRobots(1000)).map((r) => r.name)).toEqual(["amr_9", "amr_7", "amr_2", "amr_10"]);
});
