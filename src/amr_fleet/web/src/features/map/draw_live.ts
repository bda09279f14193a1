import { retried } from "../../shared/api/retried";
import type { Robot, Site, Snapshot, TempZone, Track, XY } from "../../shared/api/types";
import { robotLabel } from "../../shared/i18n/texts";
import { robotLevel } from "../../shared/live/levels";
import { COLOUR } from "./colours";
import type * as Doors from "./draw_doors";
import { drawHeat, drawZones } from "./draw_zones";
import { heat } from "./heat";
import type { Pose } from "./interpolate";
import type { Shown } from "./layers";
import type { View } from "./view";

type Context = CanvasRenderingContext2D;
const DRAFT: TempZone = { zone_id: "", kind: "hold", code: "", text: " ", user: "", max_speed: 0, until: 0, since: 0, polygon: [], elements: [] };
/** A zone that is being drawn. */
export interface Draft {
  area: XY[] | null;
  lanes: string[];
}

/** Fetched by sites that have doors, lifts or conveyors; the others' first page is smaller. */
let doors: typeof Doors | null = null;
let asked = false;

/** Robots stay visible when the whole site is on the screen. */
const leastLength = (view: View): number => (view.large ? Math.min(44, Math.max(16, view.width / 48)) : view.width < 600 ? 12 : 17);

export function clear(context: Context): void {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
}

/** Draw what moves: ways, people and vehicles, robots, their names. */
export function drawLive(
  context: Context,
  view: View,
  ratio: number,
  snapshot: Snapshot,
  poses: Map<string, Pose>,
  site: Site,
  selected: string | null,
  shown: Shown,
  draft: Draft,
): void {
  clear(context);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (shown.heat) drawHeat(context, view, heat);
  if (shown.zones) drawZones(context, view, site, snapshot.zones);
  if (draft.area !== null || draft.lanes.length > 0) drawZones(context, view, site, [{ ...DRAFT, polygon: draft.area ?? [], elements: draft.lanes }]);
  if (site.lifts.length > 0 || site.conveyors.length > 0 || site.doors.some((d) => d.lanes.length > 0)) doorsOf(context, view, site, snapshot);
  for (const robot of snapshot.robots) drawWays(context, view, robot, poses.get(robot.name), robot.name === selected, shown);
  for (const track of snapshot.tracks) {
    const filmed = shown.cameras && track.camera;
    if (shown.people || filmed) drawTrack(context, view, track, filmed);
  }
  for (const robot of snapshot.robots) {
    const pose = poses.get(robot.name);
    if (pose !== undefined) drawRobot(context, view, robot, pose, site, snapshot.t, robot.name === selected);
  }
  drawNames(context, view, snapshot, poses, selected, shown.names);
}

function doorsOf(context: Context, view: View, site: Site, snapshot: Snapshot): void {
  if (doors !== null) {
    doors.drawDoors(context, view, site, snapshot, COLOUR);
    doors.drawAirLocks(context, view, site, snapshot, COLOUR);
    doors.drawLifts(context, view, site, snapshot, COLOUR);
    doors.drawConveyors(context, view, site, snapshot, COLOUR);
  } else if (!asked) void fetchDoors();
}

async function fetchDoors(): Promise<void> {
  asked = true;
  try {
    doors = await retried(() => import("./draw_doors"));
  } catch {
    asked = false; // no network: the next picture tries again
  }
}

/** The chosen robot's name first; one that would cover another is left out until there is room. */
function drawNames(context: Context, view: View, snapshot: Snapshot, poses: Map<string, Pose>, selected: string | null, all: boolean): void {
  const taken: [number, number, number][] = [];
  const k = nameScale(view);
  const named = snapshot.robots.filter((r) => all || r.name === selected).sort((a, b) => Number(b.name === selected) - Number(a.name === selected));
  for (const robot of named) {
    const pose = poses.get(robot.name);
    if (pose === undefined) continue;
    const [x, y] = view.toScreen(pose.x, pose.y);
    if (x < -NAME_PX || y < -NAME_PX || x > view.width + NAME_PX || y > view.height + NAME_PX) continue;
    const text = nameOf(robot, view, robot.name === selected);
    const half = text.length * CHARACTER_PX * k;
    if (taken.some(([tx, ty, th]) => Math.abs(tx - x) < half + th && Math.abs(ty - y) < NAME_PX * k)) continue;
    taken.push([x, y, half]);
    drawName(context, view, text, x, y, robot.name === selected);
  }
}

function line(context: Context, view: View, points: XY[]): void {
  context.beginPath();
  points.forEach((p, i) => {
    const [x, y] = view.toScreen(...p);
    if (i === 0) context.moveTo(x, y);
    else context.lineTo(x, y);
  });
  context.stroke();
}

function drawWays(context: Context, view: View, robot: Robot, pose: Pose | undefined, selected: boolean, shown: Shown): void {
  context.strokeStyle = selected ? COLOUR.wayChosen : COLOUR.way;
  context.lineJoin = "round";
  if (shown.reserved && robot.base.length > 1) {
    context.lineWidth = selected ? 3 : 2;
    line(context, view, robot.base);
  }
  if (shown.ways && pose !== undefined && robot.path.length > 1) {
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    line(context, view, robot.path);
    context.setLineDash([]);
  }
}

function outline(context: Context, x: number, y: number, r: number, round: boolean): void {
  context.beginPath();
  if (round) context.arc(x, y, r, 0, 2 * Math.PI);
  else context.rect(x - r, y - r, 2 * r, 2 * r);
}

/** filmed: with the blue edge of what a fixed camera sees around it. */
function drawTrack(context: Context, view: View, track: Track, filmed: boolean): void {
  const [x, y] = view.toScreen(track.x, track.y);
  const r = Math.max(4, track.radius * view.scale);
  context.strokeStyle = COLOUR.track;
  context.fillStyle = COLOUR.trackFill;
  context.lineWidth = 1.5;
  outline(context, x, y, r, track.kind === "person");
  context.fill();
  context.stroke();
  if (filmed) {
    context.strokeStyle = COLOUR.wayChosen;
    context.lineWidth = 2;
    outline(context, x, y, r + 3, track.kind === "person");
    context.stroke();
    context.strokeStyle = COLOUR.track;
  }
  const speed = Math.hypot(track.vx, track.vy);
  if (speed < 0.05) return;
  const reach = r + Math.max(6, speed * view.scale); // where it will be in a second
  context.beginPath();
  context.moveTo(x + (track.vx / speed) * r, y - (track.vy / speed) * r);
  context.lineTo(x + (track.vx / speed) * reach, y - (track.vy / speed) * reach);
  context.stroke();
}

const FILL = {
  normal: ["robot", "robotEdge"],
  waiting: ["robot", "robotEdge"],
  amber: ["amber", "amberEdge"],
  red: ["red", "redEdge"],
} as const;

function drawRobot(context: Context, view: View, robot: Robot, pose: Pose, site: Site, t: number, selected: boolean): void {
  const body = site.robot_types[robot.type] ?? { front: 0.7, rear: 0.7, half_width: 0.5 };
  const k = Math.max(view.scale, leastLength(view) / (body.front + body.rear));
  const level = robotLevel(robot, t);
  const [fill, edge] = FILL[level].map((name) => COLOUR[name]) as [string, string];
  const [x, y] = view.toScreen(pose.x, pose.y);
  const [front, rear, half] = [body.front * k, body.rear * k, body.half_width * k];
  context.save();
  context.translate(x, y);
  context.rotate(-pose.theta);
  if (selected) {
    context.strokeStyle = COLOUR.chosen;
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(0, 0, Math.max(front, half) + 7, 0, 2 * Math.PI);
    context.stroke();
  }
  if (level === "waiting" || robot.waiting !== null) {
    context.strokeStyle = level === "normal" || level === "waiting" ? COLOUR.robotEdge : edge;
    context.lineWidth = 1.5;
    context.setLineDash([4, 3]);
    context.strokeRect(-rear - 4, -half - 4, front + rear + 8, 2 * half + 8);
    context.setLineDash([]);
  }
  context.fillStyle = robot.online ? fill : COLOUR.floor;
  context.strokeStyle = robot.online ? edge : COLOUR.red;
  context.lineWidth = robot.online ? 1.5 : 2.5; // the edge carries the contrast of amber
  context.beginPath();
  context.roundRect(-rear, -half, front + rear, 2 * half, Math.min(3, half / 2));
  context.fill();
  context.stroke();
  drawHeading(context, front, rear, half, robot.loaded);
  context.restore();
}

/** A light nose shows the heading, a light square behind it a load on board. */
function drawHeading(context: Context, front: number, rear: number, half: number, loaded: boolean): void {
  context.fillStyle = COLOUR.nose;
  context.beginPath();
  context.moveTo(front * 0.92, 0);
  context.lineTo(front * 0.35, half * 0.72);
  context.lineTo(front * 0.35, -half * 0.72);
  context.fill();
  if (!loaded) return;
  context.fillStyle = COLOUR.load;
  context.fillRect(-rear * 0.75, -half * 0.6, rear * 0.9, half * 1.2);
}

const NAME_PX = 13;
const CHARACTER_PX = 4.6; // half of a character's width
const nameScale = (view: View): number => (view.large && view.width >= 600 ? 1.7 : 1);

function nameOf(robot: Robot, view: View, selected: boolean): string {
  const full = robotLabel(robot.name);
  return selected || view.scale > 16 ? full : (/\d+$/.exec(full)?.[0] ?? full);
}

function drawName(context: Context, view: View, text: string, x: number, y: number, selected: boolean): void {
  const k = nameScale(view);
  const below = Math.max(0.75 * view.scale, leastLength(view) / 2) + 10 * k;
  context.font = `600 ${k * (selected ? 13 : 12)}px "Be Vietnam Pro", sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = COLOUR.halo;
  context.fillStyle = COLOUR.text;
  context.strokeText(text, x, y + below);
  context.fillText(text, x, y + below);
}
