import { describe, expect, it } from "vitest";

import { anOrder } from "../../shared/testing/samples";
import type { Visit, VisitOrder } from "./api";
import { exceptions, levelOf, openVisits, sorted, tally, threats, unordered, whole } from "./judge";
import { moment, secondsTo, typedMoment } from "./moments";

const visit = (change: Partial<Visit> = {}): Visit => ({
  visit_id: "V000001", name: "SL-12", kind: "barge", state: "working", at: 10_000, begins: 0, departed: 0, departed_by: "", place: "", planned: 20, loads: 12, done: 8, open: 4,
  failed: 0, cancelled: 0, left: 12, late: 0, wrong: 0, damaged: 0, taken: 0, rate: 30, window: 1800, ends: 9000, unsure: "", ...change,
});

const order = (order_id: string, change: Partial<VisitOrder> = {}): VisitOrder => ({
  ...anOrder({ order_id, load_id: order_id, pick_place: "a", drop_place: "b", deadline: 10_000, cutoff: "SL-12" }), said: [], ...change,
});

describe("how a visit stands", () => {
  it.each([
    [{}, "normal"],
    [{ ends: 9500 }, "amber"],
    [{ ends: 10_001 }, "red"],
    [{ late: 1 }, "red"],
    [{ state: "closed" }, "red"],
    [{ ends: 0, unsure: "standing" }, "amber"],
    [{ ends: 0, unsure: "too_little" }, "normal"],
    [{ state: "closed", left: 0 }, "normal"],
    [{ state: "departed", ends: 0, late: 3 }, "normal"],
  ] as const)("%o is %s", (change, level) => expect(levelOf(visit(change))).toBe(level));

  it("counts loads that no order names, and the whole", () => {
    expect(unordered(visit())).toBe(8);
    expect(unordered(visit({ open: 15 }))).toBe(0);
    expect(unordered(visit({ state: "departed" }))).toBe(0);
    expect(whole(visit())).toBe(20);
    expect(whole(visit({ planned: 0, done: 3, left: 2 }))).toBe(5);
    expect(whole(visit({ planned: 2, done: 3, left: 0 }))).toBe(3);
  });

  it("names the open orders that end too late, the last one first", () => {
    const orders = [order("T1", { eta: 9999 }), order("T2", { eta: 10_001 }), order("T3", { eta: 12_000 }), order("T4", { eta: 20_000, state: "DONE" }), order("T5", { late: { code: "alarm.order_late", facts: {}, since: 0 } })];
    expect(threats(visit(), orders, 5000).map((o) => o.order_id)).toEqual(["T3", "T2", "T5"]);
    expect(threats(visit(), orders, 10_001)).toHaveLength(4);
  });

  it("names what is not as planned, and each delivery, the newest first", () => {
    const orders = [order("T1", { said: ["ready", "damaged", "wrong"], state: "DONE", finished: 5 }), order("T2", { state: "FAILED" }), order("T3", { state: "CANCELLED" }), order("T4", { state: "DONE", finished: 9 })];
    expect(exceptions(orders).map(({ order: o, what }) => `${o.order_id} ${what}`)).toEqual(["T1 wrong", "T1 damaged", "T2 FAILED", "T3 CANCELLED"]);
    expect(tally(orders).map((o) => o.order_id)).toEqual(["T4", "T1"]);
  });

  it("sorts visits into those of now, to come and gone", () => {
    const visits = [visit({ name: "a" }), visit({ name: "b", state: "closed" }), visit({ name: "c", state: "coming" }), visit({ name: "d", state: "departed", departed: 1 }), visit({ name: "e", state: "departed", departed: 2 })];
    const found = sorted(visits);
    expect([found.now, found.coming, found.departed].map((list) => list.map((v) => v.name))).toEqual([["a", "b"], ["c"], ["e", "d"]]);
  });
});

describe("times that may be days away", () => {
  const now = new Date(2026, 10, 27, 16, 0).getTime() / 1000;
  const at = (day: number, hours: number, minutes = 0, month = 10, year = 2026): number => new Date(year, month, day, hours, minutes).getTime() / 1000;

  it("says the day only of another day", () => {
    expect(moment(at(27, 17, 30), now)).toBe("17:30");
    expect(moment(at(28, 5), now)).toMatch(/28.11/);
    expect(moment(63_000, 60_000)).toBe("17:30");
  });

  it.each([
    ["17:30", at(27, 17, 30)],
    ["5:00", at(28, 5)],
    ["28/11 05:00", at(28, 5)],
    ["28.11 5:00", at(28, 5)],
    ["2/1 06:15", at(2, 6, 15, 0, 2027)],
  ])("reads %s", (text, expected) => expect(secondsTo(text, now)).toBe(expected - now));

  it.each(["", "soon", "25:00", "17:75", "31/11 05:00", "0/11 05:00", "28/13 05:00", "28/11 24:00", "26/11 05:00", "28/11"])("does not read %s", (text) => expect(secondsTo(text, now)).toBeNull());

  it("has no dates in a simulation, and writes what it reads", () => {
    expect(secondsTo("28/11 05:00", 60_000)).toBeNull();
    for (const t of [at(27, 17, 30), at(28, 5), at(2, 6, 15, 11)]) expect(secondsTo(typedMoment(t, now), now)).toBe(t - now);
    expect(secondsTo(typedMoment(63_000 + 86_400, 60_000 + 86_400), 60_000 + 86_400)).toBe(3000);
  });
});

it("hands over visits that have not left, what will be late first", () => {
  const visits = [
    visit({ visit_id: "calm", at: 9000, ends: 1000 }),
    visit({ visit_id: "gone", state: "departed" }),
    visit({ visit_id: "tight", at: 9100, ends: 9000 }),
    visit({ visit_id: "late", at: 9200, ends: 9300 }),
    visit({ visit_id: "closed", at: 5000, state: "closed" }),
  ];
  expect(openVisits(visits).map((one) => one.visit_id)).toEqual(["closed", "late", "tight", "calm"]);
});
