import type { Kpi, Robot, Snapshot, Track } from "../../shared/api/types";
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
}

export function unpack(chunks: readonly Chunk[]): Recording {
  return { frames: chunks.flatMap(unpackChunk) };
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
    errors: [], integration: "utilised", e_stop: "", loads: [], root: null, waits_since: wait === "" ? 0 : since, site_version: "",
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

/** Show the picture of t: what the map draws next; glide when it follows the one before. */
export function show(frames: Frames, recording: Recording, t: number, past: PastState | undefined, glide: boolean): void {
  const frame = recording.frames[indexAt(recording, t)];
  if (frame === undefined || frame.t === frames.last?.t) return;
  frames.previous = glide ? frames.last : null;
  frames.previousAt = frames.lastAt;
  frames.last = past === undefined ? frame : { ...frame, zones: past.zones };
  frames.lastAt = performance.now();
}
