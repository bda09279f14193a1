import { expect, it } from "vitest";

import { aRobot, aSnapshot } from "../../shared/testing/samples";
import { between, posesAt, progress } from "./interpolate";

it("is one picture behind the fleet and never ahead of it", () => {
  expect([progress(1100, 1000, 1100), progress(1150, 1000, 1100), progress(9999, 1000, 1100)]).toEqual([0, 0.5, 1]);
  expect(progress(1010, 1000, 1000)).toBeCloseTo(10 / 80); // two at once: no division by nothing
});

it("turns the short way round", () => {
  const half = between({ x: 0, y: 0, theta: 3.1 }, { x: 1, y: 0, theta: -3.1 }, 0.5);
  expect(Math.cos(half.theta)).toBeCloseTo(-1);
  expect(half.x).toBeCloseTo(0.5);
});

it("does not glide where a robot was carried", () => {
  expect(between({ x: 0, y: 0, theta: 0 }, { x: 10, y: 0, theta: 0 }, 0.1).x).toBe(10);
});

it("leaves out robots that have no place", () => {
  const poses = posesAt(null, aSnapshot({ robots: [aRobot(), aRobot({ name: "amr_02", x: null })] }), 1);
  expect([...poses.keys()]).toEqual(["amr_01"]);
});
