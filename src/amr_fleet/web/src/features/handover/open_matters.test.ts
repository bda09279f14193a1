import { expect, it } from "vitest";

import type { Alarm, TempZone } from "../../shared/api/types";
import { anOrder, aRobot, aSnapshot } from "../../shared/testing/samples";
import { markOf, openMatters } from "./open_matters";

const alarm = (alarm_id: string, acked_by: string, since: number) => ({ alarm_id, acked_by, reason: { code: "alarm.blocked", facts: {}, since } }) as unknown as Alarm;

it("hands over nothing when there is nothing", () => {
  expect(openMatters(aSnapshot())).toEqual({ open: 0, waiting: 0, urgent: [], held: [], alarms: [], zones: [], paused: [], troubled: [], out: [] });
});

it("counts open orders, also those that the picture left out, and puts the most urgent first", () => {
  const orders = [
    anOrder({ order_id: "A", deadline: 5000, state: "TO_PICK" }),
    anOrder({ order_id: "B", deadline: 1100 }),
    anOrder({ order_id: "C", deadline: 900 }),
    anOrder({ order_id: "D", held: true }),
  ];
  const matters = openMatters(aSnapshot({ t: 1000, orders, orders_left_out: 7 }));
  expect([matters.open, matters.waiting], "what is left out of a picture waits for a robot").toEqual([11, 10]);
  expect(matters.urgent.map((o) => o.order_id)).toEqual(["C", "B"]);
  expect(matters.held.map((o) => o.order_id)).toEqual(["D"]);
});

it("hands over the orders behind what somebody has to end, the urgent one first", () => {
  const orders = [anOrder({ order_id: "A" }), anOrder({ order_id: "B", priority: 9 }), anOrder({ order_id: "C", robot: "amr_1" }), anOrder({ order_id: "D" })];
  const cause = (ends: "itself" | "lift_zone", held: string[]) => ({ reason: { code: "wait.zone" as const, facts: {}, since: 0 }, ends, robots: [], orders: held });
  const matters = openMatters(aSnapshot({ orders, causes: [cause("lift_zone", ["A", "B"]), cause("itself", ["C"])] }));
  expect(matters.held.map((o) => o.order_id)).toEqual(["B", "A"]);
});

it("names each robot once: paused by a person, in trouble, or out of use", () => {
  const robots = [
    aRobot({ name: "amr_10", paused: true, e_stop: "MANUAL" }),
    aRobot({ name: "amr_2", paused: true }),
    aRobot({ name: "amr_3", online: false }),
    aRobot({ name: "amr_4", e_stop: "MANUAL" }),
    aRobot({ name: "amr_5", integration: "respected", online: false }),
    aRobot({ name: "amr_6" }),
    aRobot({ name: "amr_7", integration: "respected", paused: true }),
  ];
  const matters = openMatters(aSnapshot({ robots }));
  expect(matters.paused.map((r) => r.name)).toEqual(["amr_2", "amr_7", "amr_10"]);
  expect(matters.troubled.map((r) => r.name)).toEqual(["amr_3", "amr_4"]);
  expect(matters.out.map((r) => r.name)).toEqual(["amr_5"]);
});

it("puts alarms that nobody took first, then the oldest; zones as they were set", () => {
  const alarms = [alarm("taken", "lan", 1), alarm("new", "", 9), alarm("old", "", 5)];
  const seen = { zone_id: "camera:C1:7", since: 1, code: "camera.person_near" }; // lasts 2 s: nothing to hand over
  const zones = [seen, { zone_id: "Z2", since: 8, code: "" }, { zone_id: "Z1", since: 2, code: "" }] as TempZone[];
  const matters = openMatters(aSnapshot({ alarms, zones }));
  expect(matters.alarms.map((a) => a.alarm_id)).toEqual(["old", "new", "taken"]);
  expect(matters.zones.map((z) => z.zone_id)).toEqual(["Z1", "Z2"]);
});

it.each([
  ["red", { deadline: 900 }],
  ["red", { deadline: 900, held: true }],
  ["amber", { deadline: 1100 }],
  ["amber", { held: true }],
  ["amber", {}], // behind what somebody has to end
] as const)("marks an order %s with %j, as the lists do", (mark, change) => {
  expect(markOf(anOrder(change), 1000)).toBe(mark);
});
