import type { Level } from "../../shared/live/levels";
import { CLOSED_STATES } from "../../shared/api/types";
import type { Visit, VisitOrder } from "./api";

/** How a visit stands, as the pages say it. Nothing here knows React. */

const NARROW_S = 600;

/** Red: it will not be done in time at this pace, or orders of it will be late; amber: with less than ten minutes to spare. */
export function levelOf(visit: Visit): Level {
  if (visit.state === "departed" || visit.left === 0) return "normal";
  if (visit.state === "closed" || visit.late > 0 || visit.ends > visit.at) return "red";
  if (visit.unsure === "standing" || visit.ends > visit.at - NARROW_S) return "amber";
  return "normal";
}

/** Loads of the plan that no order names yet. */
export function unordered(visit: Visit): number {
  return visit.state === "departed" ? 0 : Math.max(0, visit.left - visit.open);
}

/** What is to be delivered in all: the bar's whole length. */
export function whole(visit: Visit): number {
  return Math.max(visit.planned, visit.done + visit.left, visit.done);
}

/** Open orders that end after the closing time or their own deadline, the one that ends last first. */
export function threats(visit: Visit, orders: readonly VisitOrder[], now: number): VisitOrder[] {
  const late = (o: VisitOrder): boolean => !CLOSED_STATES.includes(o.state) && (now > visit.at || o.late !== null || o.eta > visit.at);
  return orders.filter(late).sort((a, b) => b.eta - a.eta);
}

export interface Exception {
  order: VisitOrder;
  what: "FAILED" | "CANCELLED" | "wrong" | "damaged";
}

/** What is not as planned: loads that people call wrong or damaged, orders that failed or were cancelled. */
export function exceptions(orders: readonly VisitOrder[]): Exception[] {
  return orders.flatMap((order) => {
    const said = (["wrong", "damaged"] as const).filter((word) => order.said.includes(word));
    const ended = order.state === "FAILED" || order.state === "CANCELLED" ? [order.state] : [];
    return [...said, ...ended].map((what) => ({ order, what }));
  });
}

/** Deliveries, the newest first. */
export function tally(orders: readonly VisitOrder[]): VisitOrder[] {
  return orders.filter((o) => o.state === "DONE").sort((a, b) => b.finished - a.finished);
}

/** Sections of the list. */
export function sorted(visits: readonly Visit[]): { now: Visit[]; coming: Visit[]; departed: Visit[] } {
  const of = (...states: Visit["state"][]): Visit[] => visits.filter((v) => states.includes(v.state));
  return { now: of("working", "closed"), coming: of("coming"), departed: of("departed").sort((a, b) => b.departed - a.departed) };
}

const URGENCY: readonly Level[] = ["red", "amber", "normal"];

/** Those that have not left: what will be late first, then what is tight, each by closing time. */
export function openVisits(visits: readonly Visit[]): Visit[] {
  const rank = (visit: Visit): number => URGENCY.indexOf(levelOf(visit));
  return visits.filter((v) => v.state !== "departed").sort((a, b) => rank(a) - rank(b) || a.at - b.at);
}
