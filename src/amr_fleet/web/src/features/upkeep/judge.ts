import type { Level } from "../../shared/live/levels";
import type { WorkOrder } from "./api";

/** How a work order stands, as the pages say it. Nothing here knows React. */

const SOON_S = 86_400;

export function isOverdue(one: WorkOrder, now: number): boolean {
  return one.outcome === "" && one.due > 0 && now > one.due;
}

/** Red: overdue, and somebody may be hurt; amber: overdue, or for safety and due within a day. */
export function urgency(one: WorkOrder, now: number): Level {
  if (isOverdue(one, now)) return one.safety ? "red" : "amber";
  return one.safety && one.outcome === "" && one.due > 0 && one.due - now < SOON_S ? "amber" : "normal";
}

const ORDER: readonly Level[] = ["red", "amber", "normal"];

/** Open ones: the most urgent first, then by due time, those without one last. */
export function stillOpen(all: readonly WorkOrder[], now: number): WorkOrder[] {
  const rank = (one: WorkOrder): number => ORDER.indexOf(urgency(one, now));
  const due = (one: WorkOrder): number => (one.due > 0 ? one.due : Number.MAX_VALUE);
  return all.filter((one) => one.outcome === "").sort((a, b) => rank(a) - rank(b) || due(a) - due(b) || a.work_id.localeCompare(b.work_id));
}

/** Seconds of some days typed as a number; none for an empty field. */
export function secondsOf(days: number): number {
  return days > 0 ? days * 86_400 : 0;
}
