import type { Site, TempZone, XY } from "../../shared/api/types";
import { zoneName } from "../../shared/live/zones";
import { COLOUR } from "./colours";
import type { Heat } from "./heat";
import type { View } from "./view";

type Context = CanvasRenderingContext2D;
const EDGE = { closed: "zoneClosed", hold: "zoneHold", slow: "zoneSlow" } as const;
const FILL = { closed: "rgba(207,47,47,0.16)", hold: "rgba(227,154,18,0.18)", slow: "rgba(227,190,18,0.14)" } as const;

/** Temporary zones: hatched when nobody may enter, dashed when slow; the reason in the middle. Named lanes as a broad line. */
export function drawZones(context: Context, view: View, site: Site, zones: readonly TempZone[]): void {
  for (const zone of zones) {
    if (zone.polygon.length < 3) {
      drawLanes(context, view, site, zone);
      continue;
    }
    outline(context, view, zone.polygon);
    context.fillStyle = FILL[zone.kind];
    context.fill();
    if (zone.kind !== "slow") hatch(context, view, zone);
    outline(context, view, zone.polygon);
    context.strokeStyle = COLOUR[EDGE[zone.kind]];
    context.lineWidth = 2;
    context.setLineDash(zone.kind === "slow" ? [6, 4] : []);
    context.stroke();
    context.setLineDash([]);
    label(context, view, zone);
  }
}

function outline(context: Context, view: View, points: readonly XY[]): void {
  context.beginPath();
  points.forEach((p, i) => {
    const [x, y] = view.toScreen(...p);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.closePath();
}

function hatch(context: Context, view: View, zone: TempZone): void {
  const at = zone.polygon.map((p) => view.toScreen(...p));
  const [xs, ys] = [at.map((p) => p[0]), at.map((p) => p[1])];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  context.save();
  context.clip();
  context.strokeStyle = COLOUR[EDGE[zone.kind]];
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = x0 - (y1 - y0); x < x1; x += 9) {
    context.moveTo(x, y1);
    context.lineTo(x + (y1 - y0), y0);
  }
  context.stroke();
  context.restore();
}

function drawLanes(context: Context, view: View, site: Site, zone: TempZone): void {
  const lanes = site.lanes.filter((lane) => zone.elements.includes(lane.id));
  context.lineCap = "round";
  for (const lane of lanes) {
    for (const [width, colour, dash] of [[9, FILL[zone.kind], []], [3, COLOUR[EDGE[zone.kind]], [7, 5]]] as const) {
      context.beginPath();
      lane.points.forEach((p, i) => (i === 0 ? context.moveTo(...view.toScreen(...p)) : context.lineTo(...view.toScreen(...p))));
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.setLineDash([...dash]);
      context.stroke();
    }
  }
  context.setLineDash([]);
  context.lineCap = "butt";
  const points = lanes[0]?.points;
  const middle = points?.[Math.floor(points.length / 2)];
  if (middle !== undefined) name(context, view, zone, ...view.toScreen(...middle));
}

const longestName = (view: View): number => (view.width < 600 ? 10 : 26);

function label(context: Context, view: View, zone: TempZone): void {
  const n = zone.polygon.length;
  const [cx, cy] = [zone.polygon.reduce((s, p) => s + p[0], 0) / n, zone.polygon.reduce((s, p) => s + p[1], 0) / n];
  name(context, view, zone, ...view.toScreen(cx, cy));
}

function name(context: Context, view: View, zone: TempZone, x: number, y: number): void {
  const why = zoneName(zone);
  const text = why.length > longestName(view) ? `${why.slice(0, longestName(view) - 1).trimEnd()}…` : why;
  context.font = '600 12px "Be Vietnam Pro", sans-serif';
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = COLOUR.halo;
  context.fillStyle = COLOUR[EDGE[zone.kind]];
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

/** A stronger colour where robots waited longer. */
export function drawHeat(context: Context, view: View, heat: Heat): void {
  for (const square of heat.squares()) {
    const [x, y] = view.toScreen(square.x, square.y + square.size);
    context.fillStyle = `rgba(227,120,18,${(0.12 + 0.5 * square.strength).toFixed(3)})`;
    context.fillRect(x, y, square.size * view.scale, square.size * view.scale);
  }
}
