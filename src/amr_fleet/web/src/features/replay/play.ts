import type { Kpi, Robot, Site, Snapshot, Track } from "../../shared/api/types";
import type { Frames } from "../../shared/live/live";
import type { Chunk, PastState, TrackState } from "./api";

/** Turns recorded chunks back into the snapshots that the map draws. */

const KPI: Kpi = {
  orders_total: 0, orders_done: 0, orders_open: 0, orders_cancelled: 0, orders_failed: 0, orders_per_hour: null, service_p95_s: null, deadlocks: 0,
};

/** Before its first state a robot is only a place. */
const UNHEARD: TrackState = ["lift_amr", "OFFLINE", "", false, 0, false, false, false, "", "", 0];

export interface Recording {
  frames: Snapshot[];
  /** From which moment on it was recorded on which plan of the site, oldest first. */
  plans: { from: number; plan: string }[];
}

export function unpack(chunks: readonly Chunk[]): Recording {
  return { frames: chunks.flatMap(unpackChunk), plans: chunks.map((chunk) => ({ from: chunk.t[0] ?? 0, plan: chunk.plan })) };
}

/** The name of the plan on which a moment was recorded, "" where nobody wrote it down; undefined without a picture. */
export function planOf(recording: Recording, t: number): string | undefined {
  const frame = pictureOf(recording, t);
  return frame === undefined ? undefined : recording.plans.findLast((one) => one.from <= frame.t)?.plan;
}

/** Whether two sites look alike: which names their files have does not matter. */
export function sameSite(one: Site, other: Site): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function unpackChunk(chunk: Chunk): Snapshot[] {
  const names = Object.keys(chunk.robots);
  const place = new Map(names.map((name) => [name, [0, 0, 0] as [number, number, number]]));
  const state = new Map<string, TrackState>();
  const changes = new Map(names.map((name) => [name, new Map(chunk.robots[name]?.state)]));
  return chunk.t.map((t, i) => {
    const robots = names.map((name) => {
      const track = chunk.robots[name]!;
      const at = place.get(name)!;
      at[0] += track.x[i] ?? 0;
      at[1] += track.y[i] ?? 0;
      at[2] += track.h[i] ?? 0;
      const changed = changes.get(name)?.get(i);
      if (changed !== undefined) state.set(name, changed);
      return toRobot(name, at, state.get(name));
    });
    const tracks = (chunk.seen[i] ?? []).map(toTrack);
    const nothing = { orders: [], orders_left_out: 0, alarms: [], zones: [], cameras: [], doors: [], lifts: [], fire: null, causes: [] };
    const waits = { longest_s: 0, longest: "", cycles: [], edges: [] };
    return { type: "snapshot", t, rtf: 1, robots, tracks, kpi: KPI, waits, ...nothing, all_paused: false, fleet_ready: true, picture_age: 0 };
  });
}

function toRobot(name: string, at: readonly [number, number, number], state: TrackState = UNHEARD): Robot {
  const [type, status, order, loaded, soc, online, localized, paused, wait, by, since] = state;
  return {
    name, type, status, order_id: order,
    x: at[0] / 100, y: at[1] / 100, theta: at[2] / 100, v: null, soc,
    charging: status === "CHARGING", loaded, paused, online,
    localized, node: "", path: [], base: [],
    waiting: wait === "" ? null : { code: wait, facts: { robot: by }, since },
    errors: [], integration: "utilised", e_stop: "", loads: [], root: null, waits_since: wait === "" ? 0 : since, pauses: [], site_version: "",
  };
}

function toTrack([x, y, kind]: readonly [number, number, number]): Track {
  return { x: x / 100, y: y / 100, vx: 0, vy: 0, kind: kind === 0 ? "person" : "vehicle", radius: kind === 0 ? 0.3 : 1.2, camera: false };
}

/** The index of the last frame at or before t; 0 when all are later. */
export function indexAt(recording: Recording, t: number): number {
  let [low, high] = [0, recording.frames.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((recording.frames[middle]?.t ?? 0) <= t) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** fleet s: a picture is recorded each second, and of a moment that has none this near nothing is known. */
const KNOWN_S = 5;
/** fleet s: what was closed is asked for each ten; an answer about a moment farther away is one about another moment. */
const NEAR_S = 30;

/** The picture of a moment; undefined where none was recorded, as while the fleet was off. */
export function pictureOf(recording: Recording, t: number): Snapshot | undefined {
  const frame = recording.frames[indexAt(recording, t)];
  return frame !== undefined && Math.abs(t - frame.t) <= KNOWN_S ? frame : undefined;
}

/** What was open at a moment; undefined while only the answer about another one is there. */
export function near(past: PastState | undefined, t: number): PastState | undefined {
  return past !== undefined && Math.abs(past.t - t) <= NEAR_S ? past : undefined;
}

/** Show the picture of t: what the map draws next; glide when it follows the one before. Without a picture: nothing. */
export function show(frames: Frames, recording: Recording, t: number, past: PastState | undefined, glide: boolean): void {
  const frame = pictureOf(recording, t);
  if (frame === undefined) {
    frames.previous = frames.last = null;
    return;
  }
  const zones = near(past, t)?.zones ?? frame.zones;
  if (frame.t === frames.last?.t) {
    // The zones come after the robots where somebody has jumped to a moment.
    if (frames.last.zones === zones) return;
    frames.previous = null;
    frames.last = { ...frames.last, zones };
    frames.lastAt = performance.now(); // the map draws what is newer than what it has drawn
    return;
  }
  frames.previous = glide ? frames.last : null;
  frames.previousAt = frames.lastAt;
  frames.last = { ...frame, zones };
  frames.lastAt = performance.now();
}
