import type { RobotTrend, TrendPoint } from "../../shared/api/types";

export interface Day {
  begin: number;
  robot: RobotTrend;
}

/** The days of one robot, the newest first; days that know nothing of it are left out. */
export function daysOf(points: readonly TrendPoint[], name: string): Day[] {
  return points
    .flatMap((point) => point.robots.filter((robot) => robot.robot === name).map((robot) => ({ begin: point.begin, robot })))
    .sort((a, b) => b.begin - a.begin);
}
