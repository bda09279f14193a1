import type { XY } from "../../shared/api/types";

/** What a polygon is: where robots may drive, or where they may not although it lies inside. */
export type Kind = "areas" | "forbidden";
export type Shapes = Record<Kind, XY[][]>;

/** open: the points of the polygon that is being drawn; kind: what it will be. Metres of the site, to the decimetre. */
export interface Draft extends Shapes {
  open: XY[];
  kind: Kind;
}

const SMALLEST_M = 0.3;
const FEWEST = 3;

export const empty: Draft = { areas: [], forbidden: [], open: [], kind: "areas" };

export function draftOf(shapes: Shapes): Draft {
  return { ...empty, areas: shapes.areas, forbidden: shapes.forbidden };
}

/** Set a point; on the first one, within reach (m), the polygon is closed. */
export function put(draft: Draft, at: XY, reach: number): Draft {
  const [first] = draft.open;
  if (first !== undefined && draft.open.length >= FEWEST && near(first, at, reach)) return close(draft);
  const last = draft.open.at(-1);
  if (last !== undefined && near(last, at, SMALLEST_M)) return draft;
  return { ...draft, open: [...draft.open, rounded(at)] };
}

/** Make a polygon of the points; with fewer than three nothing happens. */
export function close(draft: Draft): Draft {
  return draft.open.length < FEWEST ? draft : added({ ...draft, open: [] }, draft.open);
}

/** Add the rectangle between two corners; one that is too small to be meant is a point. */
export function rectangle(draft: Draft, a: XY, b: XY, reach: number): Draft {
  const [[x0, y0], [x1, y1]] = [rounded(a), rounded(b)];
  if (Math.abs(x1 - x0) < SMALLEST_M || Math.abs(y1 - y0) < SMALLEST_M) return put(draft, a, reach);
  return added({ ...draft, open: [] }, [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
}

/** Take the last point back. */
export function undo(draft: Draft): Draft {
  return { ...draft, open: draft.open.slice(0, -1) };
}

export function remove(draft: Draft, kind: Kind, index: number): Draft {
  return { ...draft, [kind]: draft[kind].filter((_, i) => i !== index) };
}

/** Move one corner of a polygon. */
export function moved(draft: Draft, kind: Kind, index: number, corner: number, to: XY): Draft {
  const polygons = draft[kind].map((points, i) => (i === index ? points.map((p, j) => (j === corner ? rounded(to) : p)) : points));
  return { ...draft, [kind]: polygons };
}

/** Bring a point back onto the site. */
export function within([x, y]: XY, [width, height]: XY): XY {
  return [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
}

/** The area of a polygon, m2. */
export function areaOf(points: readonly XY[]): number {
  const sum = points.reduce((total, [x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length]!;
    return total + x * nextY - nextX * y;
  }, 0);
  return Math.abs(sum) / 2;
}

function added(draft: Draft, points: XY[]): Draft {
  return { ...draft, [draft.kind]: [...draft[draft.kind], points] };
}

function near(a: XY, b: XY, reach: number): boolean {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) <= reach;
}

function rounded([x, y]: XY): XY {
  return [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
}

/** Ways grouped by where they begin, in their order. */
export function byPick(ways: readonly { pick_place: string; drop_place: string }[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const { pick_place, drop_place } of ways) found.set(pick_place, [...(found.get(pick_place) ?? []), drop_place]);
  return [...found];
}
