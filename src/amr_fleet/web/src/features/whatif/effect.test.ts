import { expect, it } from "vitest";

import type { Outcome, OutcomeOrder } from "./api";
import { effectOf, sawTooLittle } from "./effect";

const order = (order_id: string, finish: number, stuck: OutcomeOrder["stuck"] = ""): OutcomeOrder => ({
  order_id, pick_place: "A", drop_place: "B", deadline: 0, finish, late: false, stuck, is_new: false, root: null,
});
const outcome = (orders: OutcomeOrder[], change: Partial<Outcome> = {}): Outcome => ({
  orders, robots: 1, left_out: [], finish: 0, late: 0, stuck: 0, simulated_s: 900, cpu_s: 1, complete: true, ...change,
});

it("tells what would be stuck and what comes later, the worst first, and nothing else", () => {
  const before = outcome([order("a", 100), order("b", 100), order("c", 100), order("d", 0, "whatif.held"), order("e", 100), order("f", 100)]);
  const after = outcome([order("a", 220), order("b", 0, "whatif.stranded"), order("c", 400), order("d", 0, "whatif.held"), order("e", 130), order("f", 0, "whatif.cancelled")]);
  const effect = effectOf({ now: 0, before, after });
  expect(effect.stranded.map((o) => o.order_id)).toEqual(["b"]);
  expect(effect.later).toEqual([{ order: "c", seconds: 300 }, { order: "a", seconds: 120 }]);
  expect(effect.only).toBeNull();
});

it("says how far it saw, and calls nothing late that it did not see end", () => {
  const answer = { now: 0, before: outcome([order("a", 100)]), after: outcome([order("a", 0)], { complete: false, simulated_s: 300 }) };
  expect(effectOf(answer)).toEqual({ stranded: [], later: [], only: 300 });
});

it("saw only as far as the shorter one that was cut", () => {
  const cut = (simulated_s: number): Outcome => outcome([], { complete: false, simulated_s });
  expect(effectOf({ now: 0, before: cut(0), after: cut(0) }).only).toBe(0);
  expect(effectOf({ now: 0, before: outcome([], { simulated_s: 100 }), after: cut(360) }).only).toBe(360);
});

it("does not say of half a minute that nothing comes a minute late, and tells what it found in less", () => {
  const cut = (orders: OutcomeOrder[], simulated_s: number): Outcome => outcome(orders, { complete: false, simulated_s });
  const idle = [order("a", 0)];
  expect([0, 0.75, 20, 59, 60, 360].map((s) => sawTooLittle({ now: 0, before: cut(idle, 360), after: cut(idle, s) }))).toEqual([true, true, true, true, false, false]);
  expect(sawTooLittle({ now: 0, before: cut(idle, 360), after: cut([order("a", 0, "whatif.stranded")], 20) })).toBe(false);
  expect(sawTooLittle({ now: 0, before: outcome([]), after: outcome([]) })).toBe(false);
  expect(sawTooLittle({ now: 0, before: outcome(idle, { simulated_s: 20 }), after: outcome(idle, { simulated_s: 20 }) })).toBe(false);
});
