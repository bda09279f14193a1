import type { Outcome, OutcomeOrder, WhatIfAnswer } from "./api";

export const NOTABLE_S = 60;

export interface Delay {
  order: string;
  seconds: number;
}

export interface Effect {
  /** Orders that would be stuck and are not now. */
  stranded: OutcomeOrder[];
  /** Orders that would end later, the worst first. */
  later: Delay[];
  /** How far it was followed (s), null when to the end. */
  only: number | null;
}

/** What a change does to the orders of the moment; those that it is about themselves are left out. */
export function effectOf({ before, after }: WhatIfAnswer): Effect {
  const was = new Map(before.orders.map((o) => [o.order_id, o]));
  const stranded = after.orders.filter((o) => o.stuck !== "" && o.stuck !== "whatif.cancelled" && was.get(o.order_id)?.stuck === "");
  const later = after.orders
    .map((o) => ({ order: o.order_id, seconds: o.finish - (was.get(o.order_id)?.finish ?? 0), known: o.finish > 0 && (was.get(o.order_id)?.finish ?? 0) > 0 }))
    .filter((d) => d.known && d.seconds >= NOTABLE_S)
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ order, seconds }) => ({ order, seconds }));
  return { stranded, later, only: followed(before, after) };
}

/** Whether it found nothing in less time than a delay must have to be told: then "none is late" would say nothing. */
export function sawTooLittle(answer: WhatIfAnswer): boolean {
  const { stranded, later, only } = effectOf(answer);
  return stranded.length + later.length === 0 && only !== null && only < NOTABLE_S;
}

/** How far both were followed (s) when there was no time for the end; null when they were followed to the end. */
export function followed(before: Outcome, after: Outcome): number | null {
  const cut = [before, after].filter((o) => !o.complete).map((o) => o.simulated_s);
  return cut.length === 0 ? null : Math.min(...cut);
}
