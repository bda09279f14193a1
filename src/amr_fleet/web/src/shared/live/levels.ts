import type { Order, Robot } from "../api/types";

/** How far from normal something is; decides colour and place in the lists. */

const LONG_WAIT_S = 120;
const SOON_S = 300;
const LOW_BATTERY = 0.15;

export type Level = "normal" | "waiting" | "amber" | "red";

export function robotLevel(robot: Robot, t: number): Level {
  if (!robot.online || robot.status === "OFFLINE" || robot.status === "ERROR") return "red";
  if (robot.errors.some((e) => e.level === "FATAL")) return "red";
  if (robot.paused || robot.status === "PAUSED" || !robot.localized || robot.errors.length > 0) return "amber";
  if (robot.waiting === null) return "normal";
  return t - (robot.waits_since || robot.waiting.since) > LONG_WAIT_S ? "amber" : "waiting";
}

/** Who has a robot first, then the queue as it is served; who may not start yet comes last. */
export function byService(a: Order, b: Order): number {
  const place = (o: Order): number => (o.robot !== "" ? 0 : o.rank > 0 ? o.rank : Number.MAX_SAFE_INTEGER);
  return place(a) - place(b) || b.priority - a.priority || a.created - b.created;
}

export function batteryLevel(robot: Robot): Level {
  return robot.soc !== null && robot.soc < LOW_BATTERY && !robot.charging ? "amber" : "normal";
}

/** Red: the deadline has passed; amber: it is near. */
export function orderLevel(order: Order, t: number): Level {
  if (order.state === "FAILED") return "red";
  if (order.deadline <= 0 || order.finished > 0) return "normal";
  if (t > order.deadline) return "red";
  return order.deadline - t < SOON_S ? "amber" : "normal";
}

const RANK: Record<Level, number> = { red: 0, amber: 1, waiting: 2, normal: 2 };

/** Abnormal robots first, then by name: a robot that waits a moment does not jump about. */
export function compareRobots(t: number): (a: Robot, b: Robot) => number {
  return (a, b) => RANK[robotLevel(a, t)] - RANK[robotLevel(b, t)] || a.name.localeCompare(b.name, "en", { numeric: true });
}
