import type { Cause, Reason, Robot, Site, Snapshot } from "../../shared/api/types";

const NEAR_M = 12;

/** The place whose station is closest to a robot, null when none is near. */
export function nearPlace(robot: Robot, site: Site | undefined): string | null {
  if (site === undefined || robot.x === null || robot.y === null) return null;
  let best: string | null = null;
  let nearest = NEAR_M;
  for (const place of site.places) {
    for (const s of place.stations) {
      const d = Math.hypot(s.x - robot.x, s.y - robot.y);
      if (d < nearest) [best, nearest] = [place.id, d];
    }
  }
  return best;
}

/** Robots with work that do not get on, longest first: the same that the header's longest wait is of. */
export function waitingRobots(snapshot: Snapshot): Robot[] {
  return snapshot.robots.filter((r) => r.waits_since > 0 && r.waiting !== null).sort((a, b) => a.waits_since - b.waits_since);
}

/** What stands behind a wait; null when the wait itself is all that there is. */
export function behind(reason: Reason | null, root: Reason | null): Reason | null {
  if (reason === null || root === null || (reason.code === root.code && String(reason.facts.robot ?? "") === String(root.facts.robot ?? ""))) return null;
  return root;
}

/** Causes that somebody has to end, and what ends by itself but holds several. */
export function shownCauses(causes: readonly Cause[]): Cause[] {
  return causes.filter((c) => c.ends !== "itself" || c.robots.length + c.orders.length > 2);
}

/** Causes that somebody has to end, with how many orders without a robot each holds: no list of robots tells of them. */
export function holdingOrders({ causes, orders }: Pick<Snapshot, "causes" | "orders">): { cause: Cause; count: number }[] {
  const waiting = new Set(orders.filter((order) => order.robot === "").map((order) => order.order_id));
  return causes
    .filter((cause) => cause.ends !== "itself")
    .map((cause) => ({ cause, count: cause.orders.filter((order) => waiting.has(order)).length }))
    .filter(({ count }) => count > 0);
}

/** A sentence about a robot after its own name. */
export function afterName(label: string, sentence: string): string {
  return lower(sentence.startsWith(`${label} `) ? sentence.slice(label.length + 1) : sentence);
}

const NAME = /^[A-Z]{2,}/; // AMR-01 stays as it is

/** A sentence in the middle of another one. */
export function lower(sentence: string): string {
  return NAME.test(sentence) ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
