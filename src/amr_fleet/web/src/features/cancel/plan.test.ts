import { expect, it } from "vitest";

import type { OrderDetail } from "../../shared/api/types";
import { anOrder, aRobot } from "../../shared/testing/samples";
import { cannotCarry, stageOf, stands, stoppingDistance, stopPoint } from "./plan";

const detail = (change: Parameters<typeof anOrder>[0]): OrderDetail => ({ ...anOrder(change), history: [] });

it("says how far a robot rolls on, and nothing for one that stands", () => {
  expect(stoppingDistance(0)).toBe(0);
  expect(stoppingDistance(1)).toBeCloseTo(1.5);
  expect(stoppingDistance(-1)).toBeCloseTo(1.5);
  expect([stands(aRobot({ v: 0.01 })), stands(aRobot({ v: -0.3 }))]).toEqual([true, false]);
});

it("follows the way round its corners to where the robot will stand", () => {
  const robot = aRobot({ x: 0, y: 0, v: 1, path: [[1, 0], [1, 10]] });
  expect(stopPoint(robot)).toEqual([1, 0.5]);
  expect(stopPoint(aRobot({ x: 3, y: 4, v: 0, path: [[9, 9]] }))).toEqual([3, 4]);
});

it("does not roll beyond the end of its way, and nobody knows where a lost robot stops", () => {
  expect(stopPoint(aRobot({ x: 0, y: 0, v: 1, path: [[0.4, 0]] }))).toEqual([0.4, 0]);
  expect(stopPoint(aRobot({ x: 0, y: 0, v: 1, path: [] }))).toEqual([0, 0]);
  expect(stopPoint(aRobot({ x: null, y: null }))).toBeNull();
});

it("names what keeps a robot from carrying on", () => {
  expect(cannotCarry(aRobot())).toBeNull();
  expect(cannotCarry(aRobot({ online: false, e_stop: "MANUAL" }))).toBe("offline");
  expect(cannotCarry(aRobot({ e_stop: "MANUAL" }))).toBe("stopped");
  expect(cannotCarry(aRobot({ localized: false }))).toBe("lost");
  expect(cannotCarry(aRobot({ status: "ERROR" }))).toBe("broken");
  expect(cannotCarry(aRobot({ paused: true, status: "PAUSED" }))).toBeNull(); // the flow itself pauses it
});

it("knows from order and robot alone where the flow is, so that a reload loses nothing", () => {
  const robot = aRobot({ loads: ["PAL-1"] });
  expect(stageOf(detail({ state: "TO_DROP", load_id: "PAL-1" }), robot)).toBe("plan");
  expect(stageOf(detail({ state: "DROPPING", load_id: "PAL-1" }), undefined)).toBe("plan");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), robot)).toBe("unload");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), aRobot())).toBe("done");
  expect(stageOf(detail({ state: "CANCELLED", picked: 5, load_id: "PAL-1" }), aRobot({ loads: ["PAL-1"], order_id: "T2" }))).toBe("done"); // another order carries it on
  expect(stageOf(detail({ state: "CANCELLED", picked: 0, load_id: "PAL-1" }), aRobot())).toBe("none");
  expect(stageOf(detail({ state: "QUEUED" }), undefined)).toBe("none");
});
