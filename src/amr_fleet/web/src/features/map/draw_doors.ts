import type { Site, Snapshot, XY } from "../../shared/api/types";
import type { Palette } from "./colours";
import type { View } from "./view";

export type Leaf = "closed" | "moving" | "open" | "trouble";

/** What is drawn of a door: its leaf as it is, or that nobody knows. */
export function leafOf(door: Pick<Snapshot["doors"][number], "mode" | "dead">): Leaf {
  if (door.dead || door.mode === "UNKNOWN" || door.mode === "OFFLINE" || door.mode === "FAULT") return "trouble";
  if (door.mode === "OPEN") return "open";
  return door.mode === "CLOSED" ? "closed" : "moving";
}

/** Doors that robots drive through: a bar when closed, dashes while it moves, two posts when open, red with its id when it does not answer. */
export function drawDoors(context: CanvasRenderingContext2D, view: View, site: Site, snapshot: Snapshot, colour: Palette): void {
  const states = new Map((snapshot.doors ?? []).map((d) => [d.door_id, d]));
  for (const door of site.doors) {
    if (door.lanes.length === 0) continue;
    const state = states.get(door.id);
    drawLeaf(context, view, door, state === undefined ? "closed" : leafOf(state), colour);
  }
}

/** Which door of an air-lock keeps the other one shut: it is not closed, or a robot has it; "" = either may open. */
export function holderOf(doors: readonly string[], states: ReadonlyMap<string, Pick<Snapshot["doors"][number], "mode" | "robots">>): string {
  const busy = (id: string, how: "moved" | "asked"): boolean => {
    const state = states.get(id);
    return state !== undefined && (how === "moved" ? state.mode !== "CLOSED" : state.robots.length > 0);
  };
  return doors.find((id) => busy(id, "moved")) ?? doors.find((id) => busy(id, "asked")) ?? "";
}

/** Air-locks: their chamber between the two doors, and a cross on the one that the other keeps shut. */
export function drawAirLocks(context: CanvasRenderingContext2D, view: View, site: Site, snapshot: Snapshot, colour: Palette): void {
  const states = new Map((snapshot.doors ?? []).map((d) => [d.door_id, d]));
  for (const lock of site.air_locks) {
    const pair = lock.doors.map((id) => site.doors.find((d) => d.id === id));
    const [first, second] = pair;
    if (first === undefined || second === undefined) continue; // on another floor
    const [a, b, c, d] = [...ends(view, first), ...ends(view, second)] as [XY, XY, XY, XY];
    context.save();
    context.strokeStyle = colour.wall;
    context.lineWidth = 1.5;
    context.setLineDash([6, 4]);
    // The ends that lie on one side are joined, whichever way each door is described.
    for (const [from, to] of crossing(a, b, c, d) ? [[a, d], [b, c]] : [[a, c], [b, d]]) {
      context.beginPath();
      context.moveTo(...(from as XY));
      context.lineTo(...(to as XY));
      context.stroke();
    }
    context.setLineDash([]);
    const holder = holderOf(lock.doors, states);
    const shut = holder === "" ? undefined : pair.find((door) => door?.id !== holder);
    if (shut !== undefined) drawCross(context, view, shut, colour);
    context.restore();
  }
}

const CROSS_PX = 6;

function drawCross(context: CanvasRenderingContext2D, view: View, door: Bar, colour: Palette): void {
  const [x, y] = view.toScreen(door.x, door.y);
  const r = Math.max(CROSS_PX, 0.3 * view.scale);
  context.strokeStyle = colour.red;
  context.lineWidth = 2.5;
  for (const turn of [1, -1]) {
    context.beginPath();
    context.moveTo(x - r, y - turn * r);
    context.lineTo(x + r, y + turn * r);
    context.stroke();
  }
}

function ends(view: View, door: Bar): [XY, XY] {
  const [dx, dy] = [(-Math.sin(door.theta) * door.width) / 2, (Math.cos(door.theta) * door.width) / 2];
  return [view.toScreen(door.x - dx, door.y - dy), view.toScreen(door.x + dx, door.y + dy)];
}

/** Whether the lines a-c and b-d cross each other. */
function crossing(a: XY, b: XY, c: XY, d: XY): boolean {
  const turn = (p: XY, q: XY, r: XY): number => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  return turn(a, c, b) * turn(a, c, d) < 0 && turn(b, d, a) * turn(b, d, c) < 0;
}

type Lift = Snapshot["lifts"][number];

/** What is drawn of a landing door: shut wherever the cabin is not. */
export function landingOf(lift: Pick<Lift, "level" | "door" | "moving" | "mode" | "dead"> | undefined, level: string): Leaf {
  if (lift === undefined) return "closed";
  if (lift.dead || lift.mode === "UNKNOWN" || lift.mode === "OFFLINE") return "trouble";
  if (lift.level !== level || lift.moving || lift.door === "CLOSED") return "closed";
  return lift.door === "OPEN" ? "open" : "moving";
}

/** Lifts: the cabin, filled where it stands, and its landing door. */
export function drawLifts(context: CanvasRenderingContext2D, view: View, site: Site, snapshot: Snapshot, colour: Palette): void {
  const states = new Map((snapshot.lifts ?? []).map((l) => [l.lift_id, l]));
  for (const lift of site.lifts) {
    const state = states.get(lift.id);
    const [depth, width] = lift.size;
    for (const { level, x, y, theta } of lift.stops) {
      const [sx, sy] = view.toScreen(x, y);
      context.save();
      context.translate(sx, sy);
      context.rotate(-theta);
      context.fillStyle = state?.level === level ? colour.floor : colour.outside;
      context.strokeStyle = colour.wall;
      context.lineWidth = 1.5;
      context.beginPath();
      context.rect((-depth / 2) * view.scale, (-width / 2) * view.scale, depth * view.scale, width * view.scale);
      context.fill();
      context.stroke();
      context.restore();
      const [dx, dy] = [(-depth / 2) * Math.cos(theta), (-depth / 2) * Math.sin(theta)];
      drawLeaf(context, view, { id: lift.id, x: x + dx, y: y + dy, theta, width }, landingOf(state, level), colour);
    }
  }
}

/** What lies at a conveyor's hand-over place; "" = no sensor says it. */
export function lyingOn(state: Pick<Snapshot["doors"][number], "belt"> | undefined): "" | "free" | "load" | "unknown" {
  if (state === undefined || state.belt === "") return "";
  return state.belt === "LOAD" ? "load" : state.belt === "FREE" ? "free" : "unknown";
}

const [BED_AWAY, BED_HALF] = [1.5, 0.6]; // m: the middle of a conveyor's end before a docked robot, half its sides

/** Conveyors: rollers before the station; thick while ready for a robot, amber dashes while they get ready, red with the id when they do not answer; a load on top. */
export function drawConveyors(context: CanvasRenderingContext2D, view: View, site: Site, snapshot: Snapshot, colour: Palette): void {
  const states = new Map((snapshot.doors ?? []).map((d) => [d.door_id, d]));
  const stations = new Map(site.places.flatMap((p) => p.stations).map((s) => [s.id, s]));
  for (const { id, station } of site.conveyors) {
    const at = stations.get(station);
    if (at === undefined) continue; // on another floor
    const state = states.get(id);
    const [leaf, lies] = [state === undefined ? "closed" : leafOf(state), lyingOn(state)];
    const trouble = leaf === "trouble" || lies === "unknown";
    const [x, y] = view.toScreen(at.x + BED_AWAY * Math.cos(at.theta), at.y + BED_AWAY * Math.sin(at.theta));
    const half = BED_HALF * view.scale;
    context.save();
    context.translate(x, y);
    context.rotate(-at.theta);
    context.fillStyle = colour.floor;
    context.strokeStyle = trouble ? colour.red : leaf === "moving" ? colour.amber : colour.wall;
    context.lineWidth = leaf === "open" ? 3 : 1.5;
    context.setLineDash(leaf === "moving" ? [5, 4] : []);
    context.fillRect(-half, -half, 2 * half, 2 * half);
    context.strokeRect(-half, -half, 2 * half, 2 * half);
    context.setLineDash([]);
    context.lineWidth = 1;
    for (const roller of [-0.5, 0, 0.5]) {
      context.beginPath();
      context.moveTo(roller * half, -half);
      context.lineTo(roller * half, half);
      context.stroke();
    }
    if (lies === "load") {
      context.fillStyle = colour.wall;
      context.fillRect(-0.65 * half, -0.65 * half, 1.3 * half, 1.3 * half);
    }
    context.restore();
    if (trouble) sign(context, colour.red, id, x + half, y);
  }
}

interface Bar {
  id: string;
  x: number;
  y: number;
  theta: number;
  width: number;
}

function drawLeaf(context: CanvasRenderingContext2D, view: View, door: Bar, leaf: Leaf, colour: Palette): void {
    const [across, along] = [-Math.sin(door.theta), Math.cos(door.theta)];
    const half = door.width / 2;
    const at = (share: number): [number, number] => view.toScreen(door.x + across * half * share, door.y + along * half * share);
    const bar = (from: number, to: number): void => {
      context.beginPath();
      context.moveTo(...at(from));
      context.lineTo(...at(to));
      context.stroke();
    };
    const thick = Math.max(7, 0.6 * view.scale);
    context.lineWidth = thick;
    context.strokeStyle = leaf === "trouble" ? colour.red : leaf === "moving" ? colour.amber : colour.wall;
    if (leaf === "open") {
      bar(-1, -0.82);
      bar(0.82, 1);
      return;
    }
    context.setLineDash(leaf === "moving" ? [5, 4] : []);
    bar(-1, 1);
    context.setLineDash([3, 2]);
    if (leaf === "closed") {
      // Slats, so that it is not taken for a piece of the wall.
      context.lineWidth = thick - 3;
      context.strokeStyle = colour.door;
      bar(-0.97, 0.97);
    }
    context.setLineDash([]);
    if (leaf === "trouble") sign(context, colour.red, door.id, ...at(0));
}

function sign(context: CanvasRenderingContext2D, red: string, text: string, x: number, y: number): void {
  context.font = '600 12px "Be Vietnam Pro", sans-serif';
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = red;
  context.fillText(`! ${text}`, x + 8, y);
}
