import { carriesLoad, type OrderDetail, type Robot, type XY } from "../../shared/api/types";

/** What can become of a load whose order is cancelled on the way. */
export type Way = "elsewhere" | "back" | "by_hand";

const BRAKING = 0.5; // m/s2: what robots of the reference site brake with when they are paused
const REACTION_S = 0.5; // from the button to the brakes
const STANDS = 0.02; // m/s
const SHORTEST_NAME = 2;

export function stands(robot: Robot): boolean {
  return robot.v !== null && Math.abs(robot.v) < STANDS;
}

/** How far a robot still rolls after it is told to pause, metres. */
export function stoppingDistance(speed: number): number {
  return Math.abs(speed) * REACTION_S + speed ** 2 / (2 * BRAKING);
}

/** What is known of whether it drives: of a silent robot nothing, its last speed is of the past. */
export function saidOfStop(robot: Robot): "cancel.silent" | "cancel.stands" | "cancel.stopping" | "cancel.will_stop" {
  if (!robot.online) return "cancel.silent";
  if (stands(robot)) return "cancel.stands";
  return robot.paused ? "cancel.stopping" : "cancel.will_stop";
}

/** Where it will stand when it is paused now: so far along its way, or at the end of it; a silent one where it was. Null when it is not known where it is. */
export function stopPoint(robot: Robot): XY | null {
  if (robot.x === null || robot.y === null) return null;
  let [x, y] = [robot.x, robot.y];
  if (!robot.online) return [x, y];
  let left = stoppingDistance(robot.v ?? 0);
  for (const [px, py] of robot.path) {
    const d = Math.hypot(px - x, py - y);
    if (d >= left && d > 0) return [x + ((px - x) * left) / d, y + ((py - y) * left) / d];
    left -= d;
    [x, y] = [px, py];
  }
  return [x, y];
}

/** Why a robot cannot carry its load on; null when it can. */
export function cannotCarry(robot: Robot): "offline" | "lost" | "stopped" | "broken" | null {
  if (!robot.online || robot.status === "OFFLINE") return "offline";
  if (robot.e_stop !== "") return "stopped";
  if (!robot.localized) return "lost";
  if (robot.status === "ERROR" || robot.errors.some((e) => e.level === "FATAL")) return "broken";
  return null;
}

/**
 * Where the flow is. plan: nothing is done yet. unload: the order is cancelled and its load is still on the robot.
 * done: it is no longer there. none: this order has no load on a robot, and the usual cancelling does.
 */
export type Stage = "plan" | "unload" | "done" | "none";

export function stageOf(order: OrderDetail, robot: Robot | undefined): Stage {
  if (carriesLoad(order)) return "plan";
  if (order.state !== "CANCELLED") return "none";
  if (robot !== undefined && robot.order_id === "" && robot.loads.includes(order.load_id)) return "unload";
  return order.has_load && order.picked > 0 ? "done" : "none";
}

/** Whether it still stands after it was given its load to carry: what was to be taken off keeps it no longer. */
export function staysPaused(robot: Robot, resumes: boolean): boolean {
  const waitsOnly = robot.pauses.length > 0 && robot.pauses.every((pause) => pause.scope === "unload");
  return !resumes && !waitsOnly;
}

/** What a person has to do next before the order can be cancelled; null when nothing is missing. */
export function missing(robot: Robot, way: Way | null, goal: string | null, person: string): `cancel.needs_${"choice" | "place" | "person" | "pause" | "standing"}` | null {
  if (way === null) return "cancel.needs_choice";
  if (way === "by_hand" && person.trim().length < SHORTEST_NAME) return "cancel.needs_person";
  if (way !== "by_hand" && goal === null) return "cancel.needs_place";
  if (!robot.paused) return "cancel.needs_pause";
  return stands(robot) ? null : "cancel.needs_standing";
}
