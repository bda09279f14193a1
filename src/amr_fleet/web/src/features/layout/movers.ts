import type { XY } from "../../shared/api/types";
import { type Chosen, freshId, type Mover, type Parts } from "./parts";

/** People and forklifts on their rounds, and the orders of an hour: pure changes of a draft. m/s, s. */

export type MoverKind = Mover["kind"];
export type Demand = Parts["demand"];
export type Flow = Demand["mix"][number];

export const MOVER_KINDS: readonly MoverKind[] = ["person", "forklift"];
/** As people walk and forklifts drive in halls, until the engineer says better. */
const USUAL = { person: { speed: 1.1, pause: 5 }, forklift: { speed: 1.6, pause: 8 } } as const;

/** One more round, through the points and back to the first one. */
export function withMover(parts: Parts, route: XY[], kind: MoverKind): [Parts, Chosen] {
  const id = freshId(parts, `${kind}_`);
  return [{ ...parts, movers: [...parts.movers, { id, kind, route, yields: true, ...USUAL[kind] }] }, { section: "movers", id }];
}

/** The corners of a round and the way back to its start. */
export function roundOf({ route }: Mover): XY[] {
  return route.length > 2 ? [...route, route[0]!] : route;
}

export function withDemand(parts: Parts, change: Partial<Demand>): Parts {
  return { ...parts, demand: { ...parts.demand, ...change } };
}

export function withFlow(parts: Parts, at: number, change: Partial<Flow>): Parts {
  return withDemand(parts, { mix: parts.demand.mix.map((flow, k) => (k === at ? { ...flow, ...change } : flow)) });
}

/** One more way of orders, between kinds of places that the site has and that nothing leads between yet. */
export function withNewFlow(parts: Parts): Parts {
  const kinds = [...new Set(parts.places.map((place) => place.kind))];
  const led = new Set(parts.demand.mix.map(flowId));
  const ways = kinds.flatMap((pick) => kinds.filter((drop) => drop !== pick).map((drop) => ({ pick, drop })));
  const way = ways.find((one) => !led.has(flowId(one))) ?? { pick: "dock" as const, drop: "block" as const };
  return withDemand(parts, { mix: [...parts.demand.mix, { ...way, share: 0.1 }] });
}

export function withoutFlow(parts: Parts, at: number): Parts {
  return withDemand(parts, { mix: parts.demand.mix.filter((_, k) => k !== at) });
}

/** What the lint calls a way of orders. */
export function flowId({ pick, drop }: Pick<Flow, "pick" | "drop">): string {
  return `${pick} ${drop}`;
}

/** How many orders of an hour go each way. */
export function ordersOf({ mix }: Demand, perHour: number): number[] {
  const whole = mix.reduce((sum, flow) => sum + Math.max(0, flow.share), 0);
  return mix.map((flow) => (whole === 0 ? 0 : (perHour * Math.max(0, flow.share)) / whole));
}
