import type { Reason, TrialBar } from "../../shared/api/types";

/** Orders and robots that a permit holds up, by why. */
export interface HeldUp {
  why: Exclude<TrialBar, "">;
  orders: string[];
  robots: string[];
}

interface Panel {
  orders: readonly { order_id: string; reason: Reason | null; root: Reason | null }[];
  robots: readonly { name: string; waiting: Reason | null; root: Reason | null }[];
}

const WHYS = ["no_trial", "suspended", "window", "margin", "camera", "serial", "area", "load"] as const;

/** What waits for the permit now: who says so himself, or waits for what does. */
export function heldUp(panel: Panel | null): HeldUp[] {
  const of = (...reasons: (Reason | null)[]): unknown => reasons.find((reason) => reason?.code === "wait.trial")?.facts["why"];
  return WHYS.map((why) => ({
    why,
    orders: (panel?.orders ?? []).filter((order) => of(order.reason, order.root) === why).map((order) => order.order_id),
    robots: (panel?.robots ?? []).filter((robot) => of(robot.waiting, robot.root) === why).map((robot) => robot.name),
  })).filter((one) => one.orders.length + one.robots.length > 0);
}
