import type { Robot, Site, Snapshot } from "../../shared/api/types";

const NEAR_M = 12;

/** The robots that this one waits for, one after the other, until one that waits for none or closes a circle. */
export function chain(robot: Robot, robots: readonly Robot[]): Robot[] {
  const found: Robot[] = [];
  const seen = new Set([robot.name]);
  let here: Robot | undefined = robot;
  while (here?.waiting?.code === "wait.traffic") {
    const next: Robot | undefined = robots.find((r) => r.name === here?.waiting?.facts.robot);
    if (next === undefined || next.waiting === null || seen.has(next.name)) break;
    seen.add(next.name);
    found.push(next);
    here = next;
  }
  return found;
}

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

/** Robots at work that wait, longest first. */
export function waitingRobots(snapshot: Snapshot): Robot[] {
  const waiting = snapshot.robots.filter((r) => r.waiting !== null && r.waiting.code.startsWith("wait.") && r.status !== "IDLE");
  return waiting.sort((a, b) => (a.waiting?.since ?? 0) - (b.waiting?.since ?? 0));
}

const NAME = /^[A-Z]{2,}/; // AMR-01 stays as it is

/** A sentence in the middle of another one. */
export function lower(sentence: string): string {
  return NAME.test(sentence) ? sentence : sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
