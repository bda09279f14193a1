import { expect, test } from "vitest";

import { heldUp } from "./refused";

const trial = (why: string) => ({ code: "wait.trial" as const, facts: { trial: "TN-1", why }, since: 0 });
const other = { code: "wait.battery" as const, facts: {}, since: 0 };
const order = (order_id: string, reason: ReturnType<typeof trial> | typeof other | null, root: typeof reason = null) => ({ order_id, reason, root });

test("orders and robots stand under why the permit holds them up", () => {
  const panel = {
    orders: [order("T1", trial("area")), order("T2", other), order("T3", null), order("T4", other, trial("serial")), order("T5", trial("area")), order("T6", trial("load"))],
    robots: [{ name: "amr_01", waiting: trial("serial"), root: null }, { name: "amr_02", waiting: null, root: null }],
  };
  expect(heldUp(panel)).toEqual([
    { why: "serial", orders: ["T4"], robots: ["amr_01"] },
    { why: "area", orders: ["T1", "T5"], robots: [] },
    { why: "load", orders: ["T6"], robots: [] },
  ]);
});

test("where nothing waits for a permit nothing is said", () => {
  expect(heldUp(null)).toEqual([]);
  expect(heldUp({ orders: [order("T1", other)], robots: [] })).toEqual([]);
});
