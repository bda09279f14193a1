import type { XY } from "../../shared/api/types";
import { levelNames } from "./own/texts";
import { type Chosen, freshId, idOf, type Lift, nearestLane, type Parts, SECTIONS, snapped, spotOf, type Station, without, withObject } from "./parts";

/** Pure changes of a building's levels, which lie side by side on one sheet. Metres, map frame. */

export type Level = Parts["levels"][number];

/** m between two levels on the sheet: far enough apart that no lidar of one reaches what stands on the other. */
const APART_M = 4;
/** m from floor to floor, until the engineer types the true one. */
const STOREY_M = 4.5;

type Rectangle = Pick<Level, "id" | "origin" | "size">;

/** The level that a point of the sheet lies on. */
export function levelAt(levels: readonly Rectangle[], [x, y]: XY): string | undefined {
  return levels.find(({ origin, size }) => x >= origin[0] && y >= origin[1] && x <= origin[0] + size[0] && y <= origin[1] + size[1])?.id;
}

/** The sheet with room for all levels: it grows to the east and north, as the server's does. */
export function sheetOf([wide, deep]: XY, levels: readonly Level[]): XY {
  return [Math.max(wide, ...levels.map((o) => o.origin[0] + o.size[0])), Math.max(deep, ...levels.map((o) => o.origin[1] + o.size[1]))];
}

/** What lies on a level, at least in part; of lifts their stops there. */
export function onLevel(parts: Parts, level: Level): Parts {
  const on = (at: XY): boolean => levelAt([level], at) !== undefined;
  const by = ({ x, y }: { x: number; y: number }): boolean => on([x, y]);
  const stands = (section: "conveyors" | "fleet", id: string): boolean => {
    const spot = spotOf(parts, { section, id });
    return spot !== undefined && by(spot);
  };
  return {
    lanes: parts.lanes.filter((o) => o.points.some(on)),
    walls: parts.walls.filter((o) => o.points.some(on)),
    zones: parts.zones.filter((o) => o.polygon.some(on)),
    boxes: parts.boxes.filter(by),
    doors: parts.doors.filter(by),
    places: parts.places.map((p) => ({ ...p, stations: p.stations.filter(by) })).filter((p) => p.stations.length > 0),
    chargers: parts.chargers.filter(by),
    parking: parts.parking.filter(by),
    cameras: parts.cameras.filter(by),
    levels: [level],
    movers: parts.movers.filter((o) => o.route.some(on)),
    demand: parts.demand,
    lifts: parts.lifts.map((o) => ({ ...o, stops: o.stops.filter(by) })).filter((o) => o.stops.length > 0),
    conveyors: parts.conveyors.filter((o) => stands("conveyors", o.id)),
    fleet: parts.fleet.filter((o) => stands("fleet", o.name)),
  };
}

/** A lift with a stop at each point, nose away from the lane that is nearest on its level; null: fewer than two levels. */
export function withLift(parts: Parts, points: XY[]): [Parts, Chosen] | null {
  const stops = points.flatMap((at) => {
    const level = parts.levels.find((one) => levelAt([one], at) !== undefined);
    return level === undefined ? [] : [{ level: level.id, x: at[0], y: at[1], ...facing(parts, level, at) }];
  });
  const one = [...new Map(stops.map((stop) => [stop.level, stop])).values()];
  if (one.length < 2) return null;
  const id = freshId(parts, "lift_");
  return [{ ...parts, lifts: [...parts.lifts, { id, name_vi: id, name_en: id, size: [2.4, 1.8], speed: 0.5, open_s: 4, stops: one }] }, { section: "lifts", id, station: one[0]!.level }];
}

/** The lane that is nearest on a level, and a nose away from it. */
function facing(parts: Parts, level: Level, at: XY): { theta: number; lane: string } {
  const near = nearestLane(onLevel(parts, level), at);
  return near === null ? { theta: 0, lane: "?" } : { theta: Math.round(Math.atan2(at[1] - near.foot[1], at[0] - near.foot[0]) * 1e6) / 1e6, lane: near.lane };
}

/** One level more, north of the others and as large as the last one; of a house without levels what is there becomes the ground floor. */
export function withNewLevel(parts: Parts, sheet: XY): [Parts, Chosen] {
  const before: Level[] = parts.levels.length > 0 ? parts.levels : [{ id: freshId(parts, "level_"), ...levelNames(0), height: 0, origin: [0, 0], size: sheet }];
  const last = before[before.length - 1]!;
  const id = freshId({ ...parts, levels: before }, "level_");
  const made: Level = {
    id,
    ...levelNames(before.length),
    height: snapped(Math.max(...before.map((o) => o.height)) + STOREY_M),
    origin: [last.origin[0], snapped(Math.max(...before.map((o) => o.origin[1] + o.size[1])) + APART_M)],
    size: last.size,
  };
  return [{ ...parts, levels: [...before, made] }, { section: "levels", id }];
}

/** Whether a level would lie on another one, or touch it, which the lint forbids. */
export function isTaken(levels: readonly Level[], id: string, origin: XY): boolean {
  const size = levels.find((o) => o.id === id)?.size ?? [0, 0];
  return levels.some((o) => o.id !== id && [0, 1].every((k) => origin[k]! <= o.origin[k]! + o.size[k]! && o.origin[k]! <= origin[k]! + size[k]!));
}

/** Put a level elsewhere on the sheet, and what lies on it with it. */
export function withLevelAt(parts: Parts, id: string, origin: XY): Parts {
  const level = parts.levels.find((o) => o.id === id);
  if (level === undefined) return parts;
  const moved = shifted(parts, (at) => levelAt([level], at) !== undefined, [origin[0] - level.origin[0], origin[1] - level.origin[1]]);
  return withObject(moved, "levels", id, { origin });
}

/** Take a level and what lies on it out; the last one leaves its things, which are then those of a house of one floor. */
export function withoutLevel(parts: Parts, id: string): Parts {
  const level = parts.levels.find((o) => o.id === id);
  if (level === undefined) return parts;
  const bare = { ...parts, levels: parts.levels.filter((o) => o.id !== id) };
  if (bare.levels.length === 0) return { ...bare, lifts: [] };
  const off = ([x, y]: XY): boolean => levelAt([level], [x, y]) === undefined;
  const stands = (o: { x: number; y: number }): boolean => off([o.x, o.y]);
  // What belongs nowhere stays, and the lint says so of it.
  const stays = (section: "conveyors" | "fleet", own: string): boolean => stands(spotOf(parts, { section, id: own }) ?? { x: -1, y: -1 });
  return {
    ...bare,
    lanes: bare.lanes.filter((o) => o.points.some(off)),
    walls: bare.walls.filter((o) => o.points.some(off)),
    zones: bare.zones.filter((o) => o.polygon.some(off)),
    movers: bare.movers.filter((o) => o.route.some(off)),
    boxes: bare.boxes.filter(stands),
    doors: bare.doors.filter(stands),
    places: bare.places.map((p) => ({ ...p, stations: p.stations.filter(stands) })).filter((p) => p.stations.length > 0),
    chargers: bare.chargers.filter(stands),
    parking: bare.parking.filter(stands),
    cameras: bare.cameras.filter(stands),
    lifts: bare.lifts.map((o) => ({ ...o, stops: o.stops.filter((stop) => stop.level !== id) })).filter((o) => o.stops.length > 1),
    conveyors: bare.conveyors.filter((o) => stays("conveyors", o.id)),
    fleet: bare.fleet.filter((o) => stays("fleet", o.name)),
  };
}

/** How many objects go with a level. */
export function countOn(parts: Parts, id: string): number {
  const count = (all: Parts): number => SECTIONS.reduce((sum, section) => sum + all[section].length, 0);
  return parts.levels.length < 2 ? 0 : count(parts) - count(withoutLevel(parts, id)) - 1;
}

/** The level of what is chosen, by its first point; a lift's stop says itself. */
export function levelOf(parts: Parts, chosen: Chosen): string | undefined {
  if (chosen.section === "lifts") return chosen.station;
  if (chosen.section === "levels") return undefined;
  if (chosen.section === "conveyors" || chosen.section === "fleet") {
    const spot = spotOf(parts, chosen);
    return pointOf(parts, spot && [spot.x, spot.y]);
  }
  if (chosen.section === "lanes" || chosen.section === "walls") return pointOf(parts, parts[chosen.section].find((o) => o.id === chosen.id)?.points[0]);
  if (chosen.section === "zones") return pointOf(parts, parts.zones.find((o) => o.id === chosen.id)?.polygon[0]);
  if (chosen.section === "movers") return pointOf(parts, parts.movers.find((o) => o.id === chosen.id)?.route[0]);
  if (chosen.section === "places") {
    const stations = parts.places.find((o) => o.id === chosen.id)?.stations ?? [];
    const one = chosen.station === undefined ? stations[0] : stations.find((s) => s.id === chosen.station);
    return pointOf(parts, one && [one.x, one.y]);
  }
  const one = parts[chosen.section].find((o) => o.id === chosen.id);
  return pointOf(parts, one && [one.x, one.y]);
}

const pointOf = (parts: Parts, at: XY | undefined): string | undefined => (at === undefined ? undefined : levelAt(parts.levels, at));

/** Move what is chosen to the same spot of another level; stations belong to the lane that is nearest there. */
export function toLevel(parts: Parts, chosen: Chosen, to: string): Parts {
  const from = parts.levels.find((o) => o.id === levelOf(parts, chosen));
  const level = parts.levels.find((o) => o.id === to);
  if (from === undefined || level === undefined || from === level) return parts;
  const by: XY = [level.origin[0] - from.origin[0], level.origin[1] - from.origin[1]];
  const alone = shifted(only(parts, chosen), () => true, by);
  const joined = <S extends Station>(s: S): S => ({ ...s, lane: facing(parts, level, [s.x, s.y]).lane });
  switch (chosen.section) {
    case "lifts": {
      const lift = parts.lifts.find((o) => o.id === chosen.id);
      if (lift === undefined || lift.stops.some((stop) => stop.level === to)) return parts;
      const stop = alone.lifts[0]!.stops[0]!;
      const moved: Lift["stops"][number] = { ...stop, level: to, lane: facing(parts, level, [stop.x, stop.y]).lane };
      return withObject(parts, "lifts", lift.id, { stops: lift.stops.map((one) => (one.level === chosen.station ? moved : one)) });
    }
    case "places": {
      const gone = new Map(alone.places[0]!.stations.map((s) => [s.id, joined(s)]));
      return withObject(parts, "places", chosen.id, { stations: parts.places.find((o) => o.id === chosen.id)!.stations.map((s) => gone.get(s.id) ?? s) });
    }
    case "chargers":
    case "parking":
      return withObject(parts, chosen.section, chosen.id, joined(alone[chosen.section][0]!));
    case "levels":
    case "conveyors": // these go with their station or parking place
    case "fleet":
      return parts;
    default:
      return withObject(parts, chosen.section as "boxes", chosen.id, (alone[chosen.section] as Parts["boxes"])[0]!);
  }
}

/** Nothing but what is chosen. */
function only(parts: Parts, chosen: Chosen): Parts {
  const none: Parts = { lanes: [], walls: [], zones: [], boxes: [], doors: [], places: [], chargers: [], parking: [], cameras: [], levels: [], lifts: [], conveyors: [], fleet: [], movers: [], demand: parts.demand };
  const list = parts[chosen.section].filter((o) => idOf(o) === chosen.id);
  const alone: Parts = { ...none, [chosen.section]: list };
  if (chosen.station === undefined) return alone;
  return {
    ...alone,
    places: alone.places.map((p) => ({ ...p, stations: p.stations.filter((s) => s.id === chosen.station) })),
    lifts: alone.lifts.map((o) => ({ ...o, stops: o.stops.filter((stop) => stop.level === chosen.station) })),
  };
}

/** Move each point that is meant by a vector. */
function shifted(parts: Parts, meant: (at: XY) => boolean, [dx, dy]: XY): Parts {
  const far = (v: number): number => Math.round(v * 1000) / 1000;
  const point = (at: XY): XY => (meant(at) ? [far(at[0] + dx), far(at[1] + dy)] : at);
  const line = (points: readonly XY[]): XY[] => points.map(point);
  const body = <B extends { x: number; y: number }>(o: B): B => (meant([o.x, o.y]) ? { ...o, x: far(o.x + dx), y: far(o.y + dy) } : o);
  return {
    ...parts,
    lanes: parts.lanes.map((o) => ({ ...o, points: line(o.points) })),
    walls: parts.walls.map((o) => ({ ...o, points: line(o.points) })),
    zones: parts.zones.map((o) => ({ ...o, polygon: line(o.polygon) })),
    movers: parts.movers.map((o) => ({ ...o, route: line(o.route) })),
    boxes: parts.boxes.map(body),
    doors: parts.doors.map(body),
    places: parts.places.map((p) => ({ ...p, stations: p.stations.map(body) })),
    chargers: parts.chargers.map(body),
    parking: parts.parking.map(body),
    cameras: parts.cameras.map((o) => ({ ...body(o), looks_at: point(o.looks_at), areas: o.areas.map((a) => ({ ...a, polygon: line(a.polygon) })) })),
    lifts: parts.lifts.map((o) => ({ ...o, stops: o.stops.map(body) })),
  };
}

/** Take what is chosen out, whatever it is. */
export function withoutChosen(parts: Parts, chosen: Chosen): Parts {
  return chosen.section === "levels" ? withoutLevel(parts, chosen.id) : without(parts, chosen);
}
