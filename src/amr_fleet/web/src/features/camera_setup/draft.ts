import type { CameraLook, CameraSetupBody } from "../../shared/api/types";

/** What an engineer has entered so far; pixels of the whole picture, m of the map. */

export interface Point {
  u: number;
  v: number;
  x: number;
  y: number;
}

export type Corner = [number, number];

export interface Area {
  id: string;
  action: "hold" | "slow";
  speed: number;
  polygon: Corner[];
}

export interface Lens {
  matrix: number[][];
  distortion: number[];
  size: [number, number];
}

export interface Draft {
  x: number;
  y: number;
  height: number;
  /** Width of the view (degrees), 0 = not known. */
  field: number;
  lens: Lens | null;
  points: Point[];
  areas: Area[];
  /** Of the picture that points and areas of the file belong to. */
  size: [number, number] | null;
}

export const MOST_POINTS = 60;
export const MOST_AREAS = 20;
const MOST_LENS_BYTES = 64 * 1024;

/** What the camera's file says, or a beginning. */
export function draftOf(look: CameraLook): Draft {
  return {
    x: look.place?.x ?? 0,
    y: look.place?.y ?? 0,
    height: look.place?.height ?? 6,
    field: 0,
    lens: look.lens,
    size: look.kept_size,
    points: look.points.map(([u, v, x, y]) => ({ u, v, x, y })),
    areas: look.areas.map((area) => ({ id: area.id, action: area.action, speed: area.max_speed, polygon: area.polygon.map(([u, v]): Corner => [u, v]) })),
  };
}

/** size: of the camera's picture now; revision: of the file that the draft was made from. */
export function bodyOf(draft: Draft, size: [number, number], revision: string | null = null): CameraSetupBody {
  const drawn = draft.points.length > 0 || draft.areas.some((area) => area.polygon.length > 0);
  return {
    size: (drawn ? draft.size : null) ?? size,
    revision,
    place: { x: draft.x, y: draft.y, height: draft.height },
    field_deg: draft.lens === null && draft.field > 0 ? draft.field : null,
    lens: draft.lens,
    points: draft.points,
    // One that is being drawn is no area yet.
    areas: draft.areas.filter((area) => area.polygon.length >= 3).map((area) => ({ id: area.id, action: area.action, max_speed: area.speed, polygon: area.polygon })),
  };
}

export function withPoint(draft: Draft, u: number, v: number): Draft {
  if (draft.points.length >= MOST_POINTS) return draft;
  return { ...draft, points: [...draft.points, { u: tenth(u), v: tenth(v), x: draft.x, y: draft.y }] };
}

export function withChangedPoint(draft: Draft, at: number, change: Partial<Point>): Draft {
  return { ...draft, points: draft.points.map((point, k) => (k === at ? { ...point, ...change } : point)) };
}

export function withoutPoint(draft: Draft, at: number): Draft {
  return { ...draft, points: draft.points.filter((_, k) => k !== at) };
}

export function withArea(draft: Draft): Draft {
  if (draft.areas.length >= MOST_AREAS) return draft;
  return { ...draft, areas: [...draft.areas, { id: freeName(draft.areas), action: "hold", speed: 0.5, polygon: [] }] };
}

export function withChangedArea(draft: Draft, at: number, change: Partial<Area>): Draft {
  return { ...draft, areas: draft.areas.map((area, k) => (k === at ? { ...area, ...change } : area)) };
}

export function withoutArea(draft: Draft, at: number): Draft {
  return { ...draft, areas: draft.areas.filter((_, k) => k !== at) };
}

export function withCorner(draft: Draft, at: number, u: number, v: number): Draft {
  return { ...draft, areas: draft.areas.map((area, k) => (k === at && area.polygon.length < 40 ? { ...area, polygon: [...area.polygon, [tenth(u), tenth(v)] as Corner] } : area)) };
}

export function withoutCorner(draft: Draft, at: number): Draft {
  return { ...draft, areas: draft.areas.map((area, k) => (k === at ? { ...area, polygon: area.polygon.slice(0, -1) } : area)) };
}

function freeName(areas: readonly Area[]): string {
  const taken = new Set(areas.map((area) => area.id));
  let k = 1;
  while (taken.has(`A${k}`)) k += 1;
  return `A${k}`;
}

function tenth(value: number): number {
  return Math.round(10 * value) / 10;
}

/** A lens of the text of a file of `amr calibrate camera`; null where it is none. */
export function lensOf(text: string): Lens | null {
  if (text.length > MOST_LENS_BYTES) return null;
  try {
    const { matrix, distortion, size } = JSON.parse(text) as Partial<Lens>;
    const numbers = (list: unknown, length: number): boolean => Array.isArray(list) && list.length >= length && list.every((n) => typeof n === "number" && Number.isFinite(n));
    const square = Array.isArray(matrix) && matrix.length === 3 && matrix.every((row) => numbers(row, 3) && row.length === 3);
    if (!square || !numbers(distortion, 4) || !numbers(size, 2)) return null;
    return { matrix, distortion: distortion as number[], size: [size![0], size![1]] };
  } catch {
    return null;
  }
}
