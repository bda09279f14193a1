import type { Place, Site, Station, XY } from "../../shared/api/types";
import type { Texts } from "../../shared/i18n/texts";
import { COLOUR } from "./colours";
import { type Area, areaOf } from "../floors/floors";
import type { Shown } from "./layers";
import { type Arrow, arrowsOf, stationNames } from "./signs";
import type { View } from "./view";

type Context = CanvasRenderingContext2D;

/** Draw what does not move: floor, lanes, racks, walls, doors, stations, names. */
export function drawStatic(context: Context, view: View, ratio: number, site: Site, texts: Texts, shown: Shown): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = COLOUR.outside;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  view.apply(context, ratio);
  context.fillStyle = COLOUR.floor;
  const { at, size } = areaOf(site, site.levels.length === 1 ? site.levels[0]! : null);
  context.fillRect(...at, ...size);
  const pixel = 1 / view.scale;
  if (shown.zones) drawZones(context, site, pixel);
  if (shown.lanes) drawLanes(context, site, pixel);
  drawBoxes(context, site);
  drawWalls(context, site, pixel);
  drawStations(context, site, pixel);
  if (shown.cameras) drawCameras(context, site, pixel);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  drawNames(context, view, site, texts);
}

function trace(context: Context, points: XY[]): void {
  context.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
}

function drawZones(context: Context, site: Site, pixel: number): void {
  for (const zone of site.zones) {
    trace(context, zone.polygon);
    context.closePath();
    context.fillStyle = COLOUR.zone;
    context.fill();
    if (zone.kind !== "crossing" && zone.kind !== "keepout") continue;
    context.save();
    context.clip();
    context.strokeStyle = zone.kind === "crossing" ? COLOUR.stripe : COLOUR.hatch;
    context.lineWidth = zone.kind === "crossing" ? 0.45 : pixel;
    const xs = zone.polygon.map((p) => p[0]);
    const ys = zone.polygon.map((p) => p[1]);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    context.beginPath();
    const slope = zone.kind === "crossing" ? 0 : y1 - y0;
    for (let x = x0 - slope; x < x1; x += 1) {
      context.moveTo(x, y0);
      context.lineTo(x + slope, y1);
    }
    context.stroke();
    context.restore();
  }
}

function drawLanes(context: Context, site: Site, pixel: number): void {
  context.strokeStyle = COLOUR.lane;
  context.lineWidth = Math.max(1.2 * pixel, 0.12);
  context.lineJoin = "round";
  for (const lane of site.lanes) {
    trace(context, lane.points);
    context.stroke();
  }
  if (pixel > 0.12) return; // arrows only when there is room for them
  context.fillStyle = COLOUR.arrow;
  for (const lane of site.lanes) for (const arrow of arrowsOf(lane)) drawArrow(context, arrow);
}

function drawArrow(context: Context, { x, y, angle }: Arrow): void {
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.beginPath();
  context.moveTo(0.45, 0);
  context.lineTo(-0.3, 0.32);
  context.lineTo(-0.3, -0.32);
  context.fill();
  context.restore();
}

function drawBoxes(context: Context, site: Site): void {
  for (const box of site.boxes) {
    context.save();
    context.translate(box.x, box.y);
    context.rotate(box.theta);
    context.fillStyle = box.kind === "rack" ? COLOUR.rack : box.kind === "stack" ? COLOUR.stack : COLOUR.solid;
    context.fillRect(-box.size_x / 2, -box.size_y / 2, box.size_x, box.size_y);
    context.restore();
  }
}

function drawWalls(context: Context, site: Site, pixel: number): void {
  context.strokeStyle = COLOUR.wall;
  context.lineCap = "square";
  for (const wall of site.walls) {
    context.lineWidth = Math.max(wall.thickness, 1.5 * pixel);
    trace(context, wall.points);
    context.stroke();
  }
  context.lineCap = "butt";
  context.fillStyle = COLOUR.door;
  context.strokeStyle = COLOUR.wall;
  context.lineWidth = pixel;
  for (const door of site.doors.filter((d) => d.lanes.length === 0)) {
    const { at, size } = areaOf(site, site.levels.length === 1 ? site.levels[0]! : null);
    const [x, y] = [door.x - at[0], door.y - at[1]];
    const upright = Math.min(x, size[0] - x) < Math.min(y, size[1] - y);
    const [w, h] = upright ? [0.5, door.width] : [door.width, 0.5];
    context.fillRect(door.x - w / 2, door.y - h / 2, w, h);
    context.strokeRect(door.x - w / 2, door.y - h / 2, w, h);
  }
}

function drawStations(context: Context, site: Site, pixel: number): void {
  context.strokeStyle = COLOUR.station;
  context.lineWidth = pixel;
  const outline = (s: Station): void => {
    context.save();
    context.translate(s.x, s.y);
    context.rotate(s.theta);
    context.strokeRect(-0.85, -0.6, 1.7, 1.2);
    context.restore();
  };
  for (const place of site.places) place.stations.forEach(outline);
  site.parking.forEach(outline);
  for (const charger of site.chargers) {
    outline(charger);
    drawBolt(context, charger);
  }
}

function drawBolt(context: Context, s: Station): void {
  context.save();
  context.translate(s.x + 1.15 * Math.cos(s.theta), s.y + 1.15 * Math.sin(s.theta));
  context.fillStyle = COLOUR.placeText;
  context.beginPath();
  for (const [x, y] of [[0.1, 0.5], [-0.25, -0.1], [0, -0.1], [-0.1, -0.5], [0.25, 0.1], [0, 0.1]] as XY[]) {
    context.lineTo(x, y);
  }
  context.fill();
  context.restore();
}

const CAMERA_HALF_ANGLE = 0.55; // rad: about what the site's cameras see; where they really see is in their own pages

/** A dot where a camera hangs and a light fan over what it looks at. */
function drawCameras(context: Context, site: Site, pixel: number): void {
  for (const camera of site.cameras) {
    const [dx, dy] = [camera.looks_at[0] - camera.x, camera.looks_at[1] - camera.y];
    const [reach, angle] = [Math.max(4, Math.hypot(dx, dy) * 1.6), Math.atan2(dy, dx)];
    context.beginPath();
    context.moveTo(camera.x, camera.y);
    context.arc(camera.x, camera.y, reach, angle - CAMERA_HALF_ANGLE, angle + CAMERA_HALF_ANGLE);
    context.closePath();
    context.fillStyle = COLOUR.camera;
    context.fill();
    context.beginPath();
    context.arc(camera.x, camera.y, Math.max(0.35, 3.5 * pixel), 0, 2 * Math.PI);
    context.fillStyle = COLOUR.wayChosen;
    context.fill();
  }
}

interface Rect {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface Label extends Rect {
  text: string;
  cx: number;
  cy: number;
}

/** All places of a kind carry their names, or, where these would cover one another, their short ids. */
function drawNames(context: Context, view: View, site: Site, texts: Texts): void {
  const size = view.large && view.width >= 600 ? 18 : view.scale > 14 ? 13 : 11;
  context.font = `500 ${size}px "Be Vietnam Pro", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = COLOUR.placeText;
  context.strokeStyle = COLOUR.halo;
  context.lineWidth = 3;
  const label = (place: Place, text: string): Label => {
    const [cx, cy] = view.toScreen(...anchor(place, areaOf(site, site.levels.length === 1 ? site.levels[0]! : null), 15 / view.scale));
    const w = context.measureText(text).width + 8;
    return { text, cx, cy, x: cx - w / 2, y: cy - size * 0.7, w, h: size * 1.4 };
  };
  const taken: Label[] = [];
  for (const kind of new Set(site.places.map((p) => p.kind))) {
    const places = site.places.filter((p) => p.kind === kind);
    const names = places.map((p) => label(p, texts.lang === "vi" ? p.name_vi : p.name_en));
    const crowded = names.some((a, i) => taken.some((b) => overlap(a, b)) || names.some((b, k) => k > i && overlap(a, b)));
    for (const wanted of crowded ? places.map((p) => label(p, p.id)) : names) {
      if (!taken.some((other) => overlap(wanted, other))) taken.push(wanted);
    }
  }
  const write = ({ text, cx, cy }: Label): void => {
    context.strokeText(text, cx, cy);
    context.fillText(text, cx, cy);
  };
  taken.forEach(write);
  context.font = '500 10.5px "Be Vietnam Pro", sans-serif';
  for (const name of stationNames(site, view.scale)) {
    const [cx, cy] = view.toScreen(...name.at);
    const w = context.measureText(name.text).width + 4;
    const wanted: Label = { text: name.text, cx, cy, x: cx - w / 2, y: cy - 7, w, h: 14 };
    if (taken.some((other) => overlap(wanted, other))) continue;
    taken.push(wanted);
    write(wanted);
  }
}

/** Names stand where the robots' noses point: on the stack or the rack, or outside the wall behind a dock. */
function anchor(place: Place, { at, size }: Area, outside: number): XY {
  const reach = 2.4;
  const n = place.stations.length;
  const sum = place.stations.reduce<XY>(
    ([x, y], s) => [x + s.x + reach * Math.cos(s.theta), y + s.y + reach * Math.sin(s.theta)],
    [0, 0],
  );
  const near = 1.5; // m: a name here would lie on the outer wall
  const push = (v: number, from: number, end: number): number => (v < from + near ? from - outside : v > end - near ? end + outside : v);
  const [x, y] = [sum[0] / n, sum[1] / n];
  return [push(x, at[0], at[0] + size[0]), push(y, at[1], at[1] + size[1])];
}

function overlap(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
