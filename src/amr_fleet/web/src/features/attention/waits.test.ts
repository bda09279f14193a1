import { expect, it } from "vitest";

import type { Site } from "../../shared/api/types";
import { anOrder, aRobot, aSnapshot } from "../../shared/testing/samples";
import { afterName, behind, holdingOrders, lower, nearPlace, shownCauses, waitingRobots } from "./waits";

it("names the root where it is something else than the wait itself", () => {
  const reason = (code: "wait.traffic" | "wait.paused", robot: string) => ({ code, facts: { robot }, since: 0 });
  expect(behind(reason("wait.traffic", "b"), reason("wait.paused", "c"))?.facts.robot).toBe("c");
  expect(behind(reason("wait.paused", "c"), reason("wait.paused", "c"))).toBeNull();
  expect([behind(null, null), behind(reason("wait.traffic", "b"), null)]).toEqual([null, null]);
});

it("shows what somebody has to end, and of the rest only what holds several", () => {
  const cause = (ends: "itself" | "lift_zone", orders: string[]) => ({ reason: { code: "wait.zone" as const, facts: {}, since: 0 }, ends, robots: [], orders });
  const shown = shownCauses([cause("itself", ["T1"]), cause("lift_zone", ["T1"]), cause("itself", ["T1", "T2", "T3"])]);
  expect(shown.map((c) => [c.ends, c.orders.length])).toEqual([["lift_zone", 1], ["itself", 3]]);
});

it("counts the orders without a robot that something holds until somebody ends it", () => {
  const cause = (ends: "itself" | "lift_zone", orders: string[], robots: string[] = []) => ({ reason: { code: "wait.zone" as const, facts: {}, since: 0 }, ends, robots, orders });
  const orders = [anOrder({ order_id: "T1", robot: "" }), anOrder({ order_id: "T2", robot: "" }), anOrder({ order_id: "T3", robot: "amr_01" })];
  const causes = [cause("lift_zone", ["T1", "T2", "T3"], ["amr_01"]), cause("lift_zone", ["T3"], ["amr_01"]), cause("itself", ["T1"])];
  expect(holdingOrders({ causes, orders }).map(({ count }) => count)).toEqual([2]);
});

it("names the nearest place, and none when none is near", () => {
  const place = (id: string, x: number) => ({ id, stations: [{ id, x, y: 0, theta: 0 }] });
  const site = { places: [place("far", 8), place("near", 3)] } as unknown as Site;
  expect([nearPlace(aRobot(), site), nearPlace(aRobot({ x: 90 }), site), nearPlace(aRobot({ x: null }), site), nearPlace(aRobot(), undefined)]).toEqual(["near", null, null, null]);
});

it("lists robots that do not get on with their work, the longest wait first", () => {
  const waits = (name: string, waits_since: number) => aRobot({ name, waits_since, waiting: { code: "wait.station", facts: {}, since: 90 } });
  const robots = [waits("a", 20), waits("b", 10), waits("c", 0), aRobot({ name: "d" })];
  expect(waitingRobots(aSnapshot({ robots })).map((r) => r.name)).toEqual(["b", "a"]);
});

it("writes a sentence small inside another one, but not a robot's name", () => {
  expect([lower("Waiting"), lower("AMR-01 waits")]).toEqual(["waiting", "AMR-01 waits"]);
});

it("does not say a robot's name twice", () => {
  expect([afterName("AMR-04", "AMR-04 is paused"), afterName("AMR-04", "Waiting for AMR-05 to pass")]).toEqual(["is paused", "waiting for AMR-05 to pass"]);
});
