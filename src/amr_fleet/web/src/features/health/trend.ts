import type { RobotHealth } from "../../shared/api/types";
import type { Level } from "../../shared/live/levels";

/** A robot's link, localisation and battery over days. Nothing here knows React. */

export const MEASURES = ["linked", "placed", "charge"] as const;
export type Measure = (typeof MEASURES)[number];
type Point = RobotHealth["points"][number];

/** One stretch of a chart; value 0..1, null = nothing is known of it. */
export interface Slot {
  begin: number;
  value: number | null;
  level: Level;
}

/** What is said above a chart. mean: by known time; least: the lowest stretch; lost: s without link or place. */
export interface Summary {
  mean: number | null;
  least: number | null;
  lost: number;
}

const LONG_UNSURE_S = 60;
const VALUES: Record<Measure, (point: Point) => number | null> = {
  linked: (point) => point.linked,
  placed: (point) => point.score_min,
  charge: (point) => point.soc_min,
};

function below(value: number | null, red: number, amber: number): Level {
  if (value === null) return "normal";
  return value < red ? "red" : value < amber ? "amber" : "normal";
}

const LEVELS: Record<Measure, (point: Point) => Level> = {
  linked: (point) => below(point.linked, 0.9, 0.98),
  placed: (point) => (point.unsure > LONG_UNSURE_S ? "red" : point.unsure > 0 ? "amber" : "normal"),
  charge: (point) => below(point.soc_min, 0.1, 0.2),
};

/** Every stretch of the period, also those that nothing is known of; none where nothing is known at all. */
export function slotsOf(health: RobotHealth, measure: Measure): Slot[] {
  const { points, end, step } = health;
  const begin = end < 1e9 ? Math.max(0, health.begin) : health.begin; // a simulation's clock has nothing before it
  const anchor = points[0]?.begin;
  if (anchor === undefined || points.every((point) => VALUES[measure](point) === null)) return [];
  const known = new Map(points.map((point) => [Math.round((point.begin - anchor) / step), point]));
  const first = -Math.floor((anchor - begin) / step);
  const last = Math.floor((end - anchor) / step);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const point = known.get(first + i);
    const at = anchor + (first + i) * step;
    return point === undefined ? { begin: at, value: null, level: "normal" } : { begin: at, value: VALUES[measure](point), level: LEVELS[measure](point) };
  });
}

export function summaryOf(health: RobotHealth, measure: Measure): Summary {
  const known = health.points.filter((point) => VALUES[measure](point) !== null);
  const seconds = known.reduce((sum, point) => sum + point.known, 0);
  const values = known.map((point) => VALUES[measure](point) ?? 0);
  return {
    mean: seconds > 0 ? known.reduce((sum, point, i) => sum + point.known * (values[i] ?? 0), 0) / seconds : null,
    least: values.length > 0 ? Math.min(...values) : null,
    lost: known.reduce((sum, point) => sum + (measure === "linked" ? point.offline : measure === "placed" ? point.unsure : 0), 0),
  };
}
