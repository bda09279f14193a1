import type { Alarm, Order, Robot, Snapshot, TempZone } from "../../shared/api/types";
import { byCamera } from "../../shared/live/zones";
import { orderLevel, robotLevel } from "../../shared/live/levels";

/** What one shift hands to the next, from one snapshot: no page and no number of it disagrees with another. */
export interface OpenMatters {
  open: number;
  waiting: number;
  /** Past their deadline or near it, the most urgent first. */
  urgent: Order[];
  /** On hold, or behind something that a person has to end; those that go first stand first. */
  held: Order[];
  alarms: Alarm[];
  /** Without those of cameras, which last for as long as somebody stands there; a blind camera has its alarm. */
  zones: TempZone[];
  paused: Robot[];
  /** In an emergency stop, lost, silent or failed, and not paused by a person. */
  troubled: Robot[];
  /** Taken out of use by an engineer, and not paused by a person. */
  out: Robot[];
}

export function openMatters(snapshot: Snapshot): OpenMatters {
  const { orders, robots, t } = snapshot;
  const byName = (a: Robot, b: Robot): number => a.name.localeCompare(b.name, "en", { numeric: true });
  const due = (order: Order): boolean => order.deadline > 0 && orderLevel(order, t) !== "normal";
  const stranded = new Set(snapshot.causes.filter((cause) => cause.ends !== "itself").flatMap((cause) => cause.orders));
  const paused = robots.filter((r) => r.paused).sort(byName);
  return {
    open: orders.length + snapshot.orders_left_out,
    waiting: orders.filter((o) => o.state === "QUEUED").length + snapshot.orders_left_out,
    urgent: orders.filter(due).sort((a, b) => a.deadline - b.deadline),
    held: orders.filter((o) => o.held || stranded.has(o.order_id)).sort((a, b) => b.priority - a.priority),
    alarms: [...snapshot.alarms].sort((a, b) => Number(a.acked_by !== "") - Number(b.acked_by !== "") || a.reason.since - b.reason.since),
    zones: snapshot.zones.filter((zone) => !byCamera(zone)).sort((a, b) => a.since - b.since),
    paused,
    troubled: robots.filter((r) => !r.paused && r.integration === "utilised" && (r.e_stop !== "" || robotLevel(r, t) === "red")).sort(byName),
    out: robots.filter((r) => !r.paused && r.integration !== "utilised").sort(byName),
  };
}

/** As red as in the lists: late is red, the rest that is handed over is to be looked after. */
export function markOf(order: Order, now: number): "red" | "amber" {
  return orderLevel(order, now) === "red" ? "red" : "amber";
}
