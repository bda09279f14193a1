import type { XY } from "../../shared/api/types";

/** Room around the site, as a share of its longer side. */
export const MARGIN = 0.04;

/** The map's legend lies over its bottom on screens that are wide enough (px). */
export const LEGEND_PX = 46;
const LEGEND_FROM_PX = 600;

/** The window onto the site: pixels per metre and the point of the site in its middle. */
export class View {
  width = 1;
  height = 1;
  scale = 10;
  private x = 0;
  private y = 0;
  private size: XY = [1, 1];
  private corner: XY = [0, 0];
  private smallest = 1;

  /** large: for a screen that people read from across the hall. */
  constructor(readonly large = false) {}

  /** Whether the operator has moved it; until then a resize fits the site again. */
  moved = false;

  /** corner: the south-west one of what is shown of the sheet. */
  setSite(size: XY, corner: XY = [0, 0]): void {
    this.size = size;
    this.corner = corner;
    this.fit();
  }

  resize(width: number, height: number): void {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    if (!this.moved) this.fit();
  }

  fit(): void {
    const margin = Math.max(this.size[0], this.size[1]) * MARGIN;
    const legend = this.width >= LEGEND_FROM_PX ? LEGEND_PX : 0;
    this.scale = Math.min(this.width / (this.size[0] + 2 * margin), (this.height - legend) / (this.size[1] + 2 * margin));
    this.smallest = this.scale * 0.6;
    this.x = this.corner[0] + this.size[0] / 2;
    this.y = this.corner[1] + this.size[1] / 2 - legend / 2 / this.scale;
    this.moved = false;
  }

  toScreen(x: number, y: number): XY {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  toSite(sx: number, sy: number): XY {
    return [this.x + (sx - this.width / 2) / this.scale, this.y - (sy - this.height / 2) / this.scale];
  }

  pan(dx: number, dy: number): void {
    this.middle(this.x - dx / this.scale, this.y + dy / this.scale);
  }

  /** Zoom by factor and keep the point under the pointer where it is. */
  zoom(factor: number, sx: number, sy: number): void {
    const [wx, wy] = this.toSite(sx, sy);
    this.scale = clamp(this.scale * factor, this.smallest, 120);
    this.middle(wx - (sx - this.width / 2) / this.scale, wy + (sy - this.height / 2) / this.scale);
  }

  private middle(x: number, y: number): void {
    this.x = clamp(x, this.corner[0], this.corner[0] + this.size[0]);
    this.y = clamp(y, this.corner[1], this.corner[1] + this.size[1]);
    this.moved = true;
  }

  centreOn(x: number, y: number): void {
    this.x = x;
    this.y = y;
    this.scale = Math.max(this.scale, Math.min(22, 3 * this.smallest));
    this.moved = true;
  }

  /** Make the context draw in metres of the site, y up, on a screen of the given pixel ratio. */
  apply(context: CanvasRenderingContext2D, ratio: number): void {
    const k = this.scale * ratio;
    const [ox, oy] = this.toScreen(0, 0);
    context.setTransform(k, 0, 0, -k, ox * ratio, oy * ratio);
  }
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
