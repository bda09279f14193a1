import type { XY } from "../../shared/api/types";

/** The part of the sheet that the plan shows: its north-west corner and width, metres; the height follows the screen. */
export interface Window {
  x: number;
  y: number;
  w: number;
}

const MARGIN = 1.5;
const LEAST_M = 3;
const NEAR_M = 40;

export function whole(size: XY, aspect: number): Window {
  const [wide, high] = [size[0] + 2 * MARGIN, size[1] + 2 * MARGIN];
  const w = Math.max(wide, high * aspect);
  return { x: size[0] / 2 - w / 2, y: size[1] / 2 + w / aspect / 2, w };
}

/** Zoom in by a factor, and keep a point of the sheet where it is. */
export function zoomed({ x, y, w }: Window, factor: number, [px, py]: XY, size: XY): Window {
  const to = Math.min(4 * Math.max(...size), Math.max(LEAST_M, w / factor));
  const k = to / w;
  return { x: px - (px - x) * k, y: py + (y - py) * k, w: to };
}

/** One level of the sheet and a little around it. */
export function ofLevel({ origin, size }: { origin: XY; size: XY }, aspect: number): Window {
  const { x, y, w } = whole(size, aspect);
  return { x: x + origin[0], y: y + origin[1], w };
}

export function panned(window: Window, dx: number, dy: number): Window {
  return { ...window, x: window.x - dx, y: window.y - dy };
}

/** Move it so that a point lies in its middle, near enough to see what is there; not where it is seen well already. */
export function around([px, py]: XY, window: Window, aspect: number): Window {
  const [right, down] = [(px - window.x) / window.w, ((window.y - py) / window.w) * aspect];
  if (window.w <= NEAR_M && Math.min(right, down) > 0.1 && Math.max(right, down) < 0.9) return window;
  const to = Math.min(window.w, NEAR_M);
  return { x: px - to / 2, y: py + to / aspect / 2, w: to };
}
