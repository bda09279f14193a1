import type { Robot, Snapshot } from "../../shared/api/types";
import { clamp } from "./view";

export interface Pose {
  x: number;
  y: number;
  theta: number;
}

const JUMP_M = 4; // farther than any robot drives between two snapshots: it was moved, not driven

/** How far the picture is between the last two snapshots, 0..1; it is one snapshot behind the fleet. */
export function progress(now: number, previousAt: number, lastAt: number): number {
  const interval = clamp(lastAt - previousAt, 80, 1000);
  return clamp((now - lastAt) / interval, 0, 1);
}

export function poseOf(robot: Robot): Pose | null {
  if (robot.x === null || robot.y === null || robot.theta === null) return null;
  return { x: robot.x, y: robot.y, theta: robot.theta };
}

export function between(before: Pose | null, after: Pose, share: number): Pose {
  if (before === null || Math.hypot(after.x - before.x, after.y - before.y) > JUMP_M) return after;
  const turn = Math.atan2(Math.sin(after.theta - before.theta), Math.cos(after.theta - before.theta));
  return {
    x: before.x + (after.x - before.x) * share,
    y: before.y + (after.y - before.y) * share,
    theta: before.theta + turn * share,
  };
}

/** The poses of all robots to draw, by name. */
export function posesAt(previous: Snapshot | null, last: Snapshot, share: number): Map<string, Pose> {
  const before = new Map(previous?.robots.map((r) => [r.name, poseOf(r)]));
  const poses = new Map<string, Pose>();
  for (const robot of last.robots) {
    const after = poseOf(robot);
    if (after !== null) poses.set(robot.name, between(before.get(robot.name) ?? null, after, share));
  }
  return poses;
}
