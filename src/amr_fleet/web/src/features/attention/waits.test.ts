import { expect, it } from "vitest";

import type { Site } from "../../shared/api/types";
import { aRobot, aSnapshot } from "../../shared/testing/samples";
import { chain, lower, nearPlace, waitingRobots } from "./waits";

const behind = (name: string, robot: string, since = 0) => aRobot({ name, status: "BUSY", waiting: { code: "wait.traffic", facts: { robot }, since } });

it("follows who waits for whom to the root, and out of a circle", () => {
  const [a, b, c] = [behind("a", "b"), behind("b", "c"), aRobot({ name: "c", waiting: { code: "wait.person", facts: {}, since: 0 } })];
  expect(chain(a, [a, b, c]).map((r) => r.name)).toEqual(["b", "c"]);
  const round = behind("c", "a");
  expect(chain(a, [a, b, round]).map((r) => r.name)).toEqual(["b", "c"]);
});

it("names the nearest place, and none when none is near", () => {
  const place = (id: string, x: number) => ({ id, stations: [{ id, x, y: 0, theta: 0 }] });
  const site = { places: [place("far", 8), place("near", 3)] } as unknown as Site;
  expect([nearPlace(aRobot(), site), nearPlace(aRobot({ x: 90 }), site), nearPlace(aRobot({ x: null }), site), nearPlace(aRobot(), undefined)]).toEqual(["near", null, null, null]);
});

it("lists robots at work, the longest wait first", () => {
  const robots = [behind("a", "x", 20), behind("b", "x", 10), { ...behind("c", "x", 5), status: "IDLE" as const }, aRobot({ name: "d" })];
  expect(waitingRobots(aSnapshot({ robots })).map((r) => r.name)).toEqual(["b", "a"]);
});

it("writes a sentence small inside another one, but not a robot's name", () => {
  expect([lower("Waiting"), lower("AMR-01 waits")]).toEqual(["waiting", "AMR-01 waits"]);
});
