import type { RobotTrend, TrendPoint } from "./api";

/** What the charts draw, and how one stretch compares with those before. */

export type Metric = "per_hour" | "late_share" | "wait_share" | "availability";
export type RobotMetric = "availability" | "soc_min" | "faults" | "done";
export type Level = "" | "warn" | "bad";

export const METRICS: readonly Metric[] = ["per_hour", "late_share", "wait_share", "availability"];
export const ROBOT_METRICS: readonly RobotMetric[] = ["availability", "soc_min", "faults", "done"];
const MORE_IS_BETTER: readonly Metric[] = ["per_hour", "availability"];

/** A figure of a stretch; shares are 0..1; null = cannot be said. */
export function valueOf(point: TrendPoint, metric: Metric): number | null {
  if (metric === "late_share") return point.with_deadline > 0 ? point.late / point.with_deadline : null;
  return point[metric];
}

/** Whether the journal knows all of a stretch, but for a minute at its ends. */
export function isWhole(point: TrendPoint): boolean {
  return point.hours * 3600 >= point.end - point.begin - 120;
}

export interface Comparison {
  /** Relative to the mean of those before, positive = better; null: those were 0, and it is not. */
  change: number | null;
  count: number;
}

/** The last whole stretch against the mean of the whole ones before; null when there are no two. */
export function compared(points: readonly TrendPoint[], metric: Metric): Comparison | null {
  const known = points.filter(isWhole).flatMap((point) => valueOf(point, metric) ?? []);
  const [last, before] = [known.at(-1), known.slice(0, -1)];
  if (last === undefined || before.length === 0) return null;
  const mean = before.reduce((sum, value) => sum + value, 0) / before.length;
  if (mean === 0) return { change: last === 0 ? 0 : null, count: before.length };
  const more = (last - mean) / mean;
  return { change: MORE_IS_BETTER.includes(metric) ? more : -more, count: before.length };
}

/** The wait code that took longest, undefined when nothing waited. */
export function longestWait({ waits }: TrendPoint): [code: string, seconds: number] | undefined {
  return Object.entries(waits).sort(([, a], [, b]) => b - a)[0];
}

/** All robots of all stretches, by name. */
export function robotsOf(points: readonly TrendPoint[]): string[] {
  const names = new Set(points.flatMap((point) => point.robots.map((one) => one.robot)));
  return [...names].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

const LIMITS: Record<RobotMetric, (value: number) => Level> = {
  availability: (value) => (value < 0.7 ? "bad" : value < 0.9 ? "warn" : ""),
  soc_min: (value) => (value < 0.1 ? "bad" : value < 0.2 ? "warn" : ""),
  faults: (value) => (value >= 3 ? "bad" : value > 0 ? "warn" : ""),
  done: () => "",
};

/** How far from normal a robot's figure is. */
export function levelOf(robot: RobotTrend | undefined, metric: RobotMetric): Level {
  const value = robot?.[metric] ?? null;
  return value === null ? "" : LIMITS[metric](value);
}
