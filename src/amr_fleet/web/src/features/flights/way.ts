import type { Aircraft } from "./api";

/** Geometry of a flight for the map and for the picture of its heights; m, z above the floor. */

export type Point3 = readonly [number, number, number];
export type Height = "low" | "mid" | "high";

const MARGIN_M = 3;
/** Shares of the ceiling at which a way counts as higher. */
export const LOW = 0.4;
export const MID = 0.7;

/** The whole way, from the pad and back to it. */
export function wholeWay(way: readonly Point3[], pad: readonly [number, number]): Point3[] {
  return [[...pad, 0], ...way, [...pad, 0]];
}

/** How far each point of a way is along it (m). */
export function along(way: readonly Point3[]): number[] {
  let far = 0;
  return way.map((p, i) => (far += i === 0 ? 0 : distance(way[i - 1]!, p)));
}

export function distance(a: Point3, b: Point3): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
}

/** How far along its way an aircraft is (m), 0..length: on the leg to the waypoint that it flies to. item counts without the pad. */
export function progress(whole: readonly Point3[], at: readonly number[], craft: Pick<Aircraft, "item" | "x" | "y" | "z">): number {
  const length = at.at(-1) ?? 0;
  const next = craft.item + 1;
  const goal = whole[next];
  if (goal === undefined) return length;
  if (craft.x === null || craft.y === null || craft.z === null) return at[next - 1] ?? 0;
  const left = distance([craft.x, craft.y, craft.z], goal);
  return Math.min(length, Math.max(at[next - 1] ?? 0, (at[next] ?? length) - left));
}

export function heightOf(z: number, ceiling: number): Height {
  return z < LOW * ceiling ? "low" : z < MID * ceiling ? "mid" : "high";
}

/** The legs of a way that lead somewhere on the map, the high ones first so that lower ones lie over them. */
export function legs(way: readonly Point3[], ceiling: number): { from: Point3; to: Point3; height: Height }[] {
  const found = way.slice(1).map((to, i) => ({ from: way[i]!, to, height: heightOf(Math.min(way[i]![2], to[2]), ceiling) }));
  const rank: Record<Height, number> = { high: 0, mid: 1, low: 2 };
  return found.filter(({ from, to }) => Math.hypot(to[0] - from[0], to[1] - from[1]) > 0.01).sort((a, b) => rank[a.height] - rank[b.height]);
}

/** x, y, width and height of what the map shows: the flight with some room around it, y downwards as in SVG. */
export function frame(points: readonly (readonly [number, number])[], size: readonly [number, number]): [number, number, number, number] {
  if (points.length === 0) return [0, 0, size[0], size[1]];
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const [x0, x1] = [Math.min(...xs) - MARGIN_M, Math.max(...xs) + MARGIN_M];
  const [y0, y1] = [Math.min(...ys) - MARGIN_M, Math.max(...ys) + MARGIN_M];
  return [x0, size[1] - y1, x1 - x0, y1 - y0];
}
