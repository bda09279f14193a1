import { create } from "zustand";

import type { Site, XY } from "../../shared/api/types";

/**
 * Drawing on the map. zone: a rectangle, kept as area. lanes: a press on a lane takes it or leaves it. pose: a place and the
 * point that a robot looks at.
 */
export type Drawn = "zone" | "lanes" | "pose";

interface DrawingState {
  active: Drawn | null;
  area: XY[] | null;
  lanes: string[];
  pose: { from: XY; to: XY } | null;
  start: (what: Drawn) => void;
  finish: (from: XY, to: XY) => void;
  toggleLane: (lane: string) => void;
  /** Lanes that were chosen elsewhere, by their names. */
  choose: (lanes: string[]) => void;
  /** Enough lanes are chosen. */
  stop: () => void;
  clear: () => void;
}

const SMALLEST_M = 0.3;
const round = (v: number): number => Math.round(v * 10) / 10;

export const useDrawing = create<DrawingState>((set, get) => ({
  active: null,
  area: null,
  lanes: [],
  pose: null,
  start: (active) => set({ active, area: null, lanes: [], pose: null }),
  toggleLane: (lane) => set(({ lanes }) => ({ lanes: lanes.includes(lane) ? lanes.filter((l) => l !== lane) : [...lanes, lane] })),
  choose: (lanes) => set({ active: null, area: null, lanes, pose: null }),
  stop: () => set({ active: null }),
  finish: (from, to) => {
    if (get().active === "pose") return set({ active: null, pose: { from, to } });
    const area = rectangle(from, to);
    if (area !== null) set({ active: null, area });
  },
  clear: () => set({ active: null, area: null, lanes: [], pose: null }),
}));

/** The rectangle between two corners, to the decimetre; null when it is too small to be meant. */
function rectangle(a: XY, b: XY): XY[] | null {
  const [x0, x1, y0, y1] = [Math.min(a[0], b[0]), Math.max(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  if (x1 - x0 < SMALLEST_M || y1 - y0 < SMALLEST_M) return null;
  const corners: XY[] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  return corners.map(([x, y]) => [round(x), round(y)] as XY);
}

/** The lane nearest to a point, null when none is within reach (m). */
export function laneAt(site: Site, [x, y]: XY, reach: number): string | null {
  let best: string | null = null;
  let nearest = reach;
  for (const lane of site.lanes) {
    for (let i = 1; i < lane.points.length; i++) {
      const d = distance([x, y], lane.points[i - 1]!, lane.points[i]!);
      if (d < nearest) [best, nearest] = [lane.id, d];
    }
  }
  return best;
}

function distance([x, y]: XY, [ax, ay]: XY, [bx, by]: XY): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - share * dx, y - ay - share * dy);
}
