import type { LayoutParts, XY } from "../../shared/api/types";

/** Pure changes of what the editor draws. Metres, radians, map frame; every change is a new value. */

export type Parts = LayoutParts;
/** What is drawn: lists of objects. The demand is edited beside them. */
export type Section = Exclude<keyof Parts, "demand">;
export type Lane = Parts["lanes"][number];
export type Wall = Parts["walls"][number];
export type Zone = Parts["zones"][number];
export type Place = Parts["places"][number];
export type Station = Parts["parking"][number];
export type Box = Parts["boxes"][number];
export type Camera = Parts["cameras"][number];
export type Lift = Parts["lifts"][number];
export type Conveyor = Parts["conveyors"][number];
export type FleetRobot = Parts["fleet"][number];
export type Mover = Parts["movers"][number];
export type StationHome = "places" | "chargers" | "parking";

/** What is chosen. station: inside a place, or the level of a lift's stop. node: a corner of it that is moved, of a camera what it looks at. */
export interface Chosen {
  section: Section;
  id: string;
  station?: string;
  node?: number;
}

export const SECTIONS: readonly Section[] = ["lanes", "places", "zones", "walls", "doors", "boxes", "chargers", "parking", "cameras", "levels", "lifts", "conveyors", "fleet", "movers"];
export const PLACE_KINDS = ["dock", "block", "rack", "crossdock", "gate"] as const;
export const SNAP_M = 0.05;
const SAME_M = 0.001;

/** What an object is known by: its id, of a robot its name. */
export function idOf(one: Parts[Section][number]): string {
  return "id" in one ? one.id : one.name;
}

/** All objects of a section, whatever they are. */
const listOf = (parts: Parts, section: Section): readonly Parts[Section][number][] => parts[section];

/** To the grid, without the dust of binary fractions. */
export function snapped(value: number, step = SNAP_M): number {
  return Math.round(Math.round(value / step) * step * 1000) / 1000;
}

export function snapXY([x, y]: XY, step = SNAP_M): XY {
  return [snapped(x, step), snapped(y, step)];
}

const same = (a: XY, b: XY): boolean => Math.hypot(a[0] - b[0], a[1] - b[1]) < SAME_M;

/** The corners of an object that can be moved; null: it is placed by its middle. */
export function cornersOf(parts: Parts, { section, id }: Chosen): XY[] | null {
  if (section === "lanes" || section === "walls") return (parts[section].find((o) => o.id === id)?.points) ?? null;
  if (section === "movers") return parts.movers.find((o) => o.id === id)?.route ?? null;
  return section === "zones" ? ((parts.zones.find((o) => o.id === id)?.polygon) ?? null) : null;
}

/** The station that is chosen, wherever it belongs. */
export function stationOf(parts: Parts, chosen: Chosen): Station | undefined {
  if (chosen.section === "places") return parts.places.find((p) => p.id === chosen.id)?.stations.find((s) => s.id === chosen.station);
  return chosen.section === "chargers" || chosen.section === "parking" ? parts[chosen.section].find((s) => s.id === chosen.id) : undefined;
}

/** The stop of a lift that is chosen. */
export function stopOf(parts: Parts, chosen: Chosen): Lift["stops"][number] | undefined {
  return chosen.section === "lifts" ? parts.lifts.find((o) => o.id === chosen.id)?.stops.find((stop) => stop.level === chosen.station) : undefined;
}

/** Whether it is moved as a whole, by its middle. */
export function isPlaced(parts: Parts, chosen: Chosen): boolean {
  return stationOf(parts, chosen) !== undefined || stopOf(parts, chosen) !== undefined || ["boxes", "doors", "cameras"].includes(chosen.section);
}

/** Move what is placed by its middle, or the point that a camera looks at. */
export function withMoved(parts: Parts, chosen: Chosen, [x, y]: XY): Parts {
  const { section, id } = chosen;
  if (section === "cameras") return withObject(parts, section, id, chosen.node === undefined ? { x, y } : { looks_at: [x, y] });
  if (section === "boxes" || section === "doors") return withObject(parts, section as "boxes", id, { x, y });
  return section === "lifts" ? withStop(parts, chosen, { x, y }) : withStation(parts, chosen, { x, y });
}

/** Change some values of the chosen stop of a lift. */
export function withStop(parts: Parts, chosen: Chosen, change: Partial<Lift["stops"][number]>): Parts {
  const lift = parts.lifts.find((o) => o.id === chosen.id);
  return lift === undefined ? parts : withObject(parts, "lifts", lift.id, { stops: lift.stops.map((stop) => (stop.level === chosen.station ? { ...stop, ...change } : stop)) });
}

export function exists(parts: Parts, chosen: Chosen): boolean {
  if (chosen.section === "lifts" && chosen.station !== undefined) return stopOf(parts, chosen) !== undefined;
  return listOf(parts, chosen.section).some((o) => idOf(o) === chosen.id) && (chosen.station === undefined || stationOf(parts, chosen) !== undefined);
}

/** Change some values of an object of a section. */
export function withObject<S extends Section>(parts: Parts, section: S, id: string, change: Partial<Parts[S][number]>): Parts {
  const list = listOf(parts, section).map((o) => (idOf(o) === id ? { ...o, ...change } : o));
  return { ...parts, [section]: list };
}

/** Give an object another name; stations and doors of a lane follow, a level's stops, and the robot of a parking place. */
export function renamed(parts: Parts, { section, id }: Chosen, to: string): Parts {
  if (section === "fleet") return withObject(parts, "fleet", id, { name: to });
  const named = withObject(parts, section, id, { id: to });
  if (section === "parking") return { ...named, fleet: named.fleet.map((robot) => (robot.parking === id ? { ...robot, parking: to } : robot)) };
  if (section === "levels") return { ...named, lifts: named.lifts.map((lift) => ({ ...lift, stops: lift.stops.map((stop) => (stop.level === id ? { ...stop, level: to } : stop)) })) };
  if (section !== "lanes") return named;
  const follow = <S extends Station>(stations: readonly S[]): S[] => stations.map((s) => (s.lane === id ? { ...s, lane: to } : s));
  return {
    ...named,
    chargers: follow(named.chargers),
    parking: follow(named.parking),
    places: named.places.map((p) => ({ ...p, stations: follow(p.stations) })),
    lifts: named.lifts.map((lift) => ({ ...lift, stops: lift.stops.map((stop) => (stop.lane === id ? { ...stop, lane: to } : stop)) })),
    doors: named.doors.map((d) => (d.lanes.includes(id) ? { ...d, lanes: d.lanes.map((l) => (l === id ? to : l)) } : d)),
  };
}

/** Change some values of the chosen station. */
export function withStation(parts: Parts, chosen: Chosen, change: Partial<Station>): Parts {
  if (chosen.section !== "places") return withObject(parts, chosen.section as "parking", chosen.id, change);
  const place = parts.places.find((p) => p.id === chosen.id);
  if (place === undefined) return parts;
  return withObject(parts, "places", place.id, { stations: place.stations.map((s) => (s.id === chosen.station ? { ...s, ...change } : s)) });
}

/** Give an object of corners others. */
function withCorners(parts: Parts, { section, id }: Chosen, corners: XY[]): Parts {
  if (section === "zones") return withObject(parts, "zones", id, { polygon: corners });
  return section === "movers" ? withObject(parts, "movers", id, { route: corners }) : withObject(parts, section as "lanes", id, { points: corners });
}

/** Move a corner; those of other lanes that lie on it go with it, so that lanes stay joined. */
export function withCorner(parts: Parts, chosen: Chosen, to: XY): Parts {
  const corners = cornersOf(parts, chosen);
  const node = chosen.node ?? -1;
  const from = corners?.[node];
  if (corners === null || from === undefined) return parts;
  const moved = (points: XY[], own: boolean): XY[] => points.map((p, k) => (own && k === node ? to : !own && same(p, from) ? to : p));
  if (chosen.section === "zones" || chosen.section === "movers") return withCorners(parts, chosen, moved(corners, true));
  if (chosen.section === "walls") {
    const closed = corners.length > 2 && same(corners[0]!, corners[corners.length - 1]!) && same(from, corners[0]!);
    return withObject(parts, "walls", chosen.id, { points: closed ? moved(corners, false) : moved(corners, true) });
  }
  return { ...parts, lanes: parts.lanes.map((lane) => (lane.id === chosen.id ? { ...lane, points: moved(lane.points, true) } : lane.points.some((p) => same(p, from)) ? { ...lane, points: moved(lane.points, false) } : lane)) };
}

/** Take a corner out, as long as enough are left. */
export function withoutCorner(parts: Parts, chosen: Chosen): Parts {
  const corners = cornersOf(parts, chosen);
  const least = chosen.section === "zones" ? 3 : 2;
  if (corners === null || chosen.node === undefined || corners.length <= least) return parts;
  return withCorners(parts, chosen, corners.filter((_, k) => k !== chosen.node));
}

/** Put a corner in the middle of the side behind the chosen one. */
export function withNewCorner(parts: Parts, chosen: Chosen): Parts {
  const corners = cornersOf(parts, chosen);
  if (corners === null || corners.length < 2) return parts;
  const closed = chosen.section === "zones" || (chosen.section === "movers" && corners.length > 2); // of two points the way back is the same way
  const last = closed ? corners.length - 1 : corners.length - 2;
  const at = Math.min(chosen.node ?? 0, last);
  const [a, b] = [corners[at]!, corners[(at + 1) % corners.length]!];
  const more = [...corners.slice(0, at + 1), snapXY([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]), ...corners.slice(at + 1)];
  return withCorners(parts, chosen, more);
}

/** Take an object out, or a station out of its place, or a stop out of a lift that has two others. */
export function without(parts: Parts, chosen: Chosen): Parts {
  const place = chosen.section === "places" ? parts.places.find((p) => p.id === chosen.id) : undefined;
  if (place !== undefined && chosen.station !== undefined && place.stations.length > 1) return withObject(parts, "places", place.id, { stations: place.stations.filter((s) => s.id !== chosen.station) });
  const lift = chosen.section === "lifts" && chosen.station !== undefined ? parts.lifts.find((o) => o.id === chosen.id) : undefined;
  if (lift !== undefined && lift.stops.length > 2) return withObject(parts, "lifts", lift.id, { stops: lift.stops.filter((stop) => stop.level !== chosen.station) });
  return { ...parts, [chosen.section]: listOf(parts, chosen.section).filter((o) => idOf(o) !== chosen.id) };
}

/** A name that nothing has yet: prefix and the next number. */
export function freshId(parts: Parts, prefix: string): string {
  const taken = new Set<string>();
  for (const section of SECTIONS) for (const o of listOf(parts, section)) taken.add(idOf(o));
  for (const place of parts.places) for (const station of place.stations) taken.add(station.id);
  let n = 1;
  while (taken.has(`${prefix}${n}`)) n += 1;
  return `${prefix}${n}`;
}

export interface LaneWish {
  twoWay: boolean;
  speed: number;
}

export function withLane(parts: Parts, points: XY[], { twoWay, speed }: LaneWish): [Parts, Chosen] {
  const id = freshId(parts, "L");
  return [{ ...parts, lanes: [...parts.lanes, { id, points, two_way: twoWay, max_speed: speed, width: 2.1 }] }, { section: "lanes", id }];
}

export function withWall(parts: Parts, points: XY[]): [Parts, Chosen] {
  const id = freshId(parts, "wall_");
  return [{ ...parts, walls: [...parts.walls, { id, points, thickness: 0.2, height: 3 }] }, { section: "walls", id }];
}

export function withZone(parts: Parts, polygon: XY[]): [Parts, Chosen] {
  const id = freshId(parts, "zone_");
  return [{ ...parts, zones: [...parts.zones, { id, kind: "speed", polygon, max_speed: 0.5, capacity: null }] }, { section: "zones", id }];
}

/** A box between two corners that lie across from each other; null: it would be nothing. */
export function withBox(parts: Parts, [a, b]: XY[]): [Parts, Chosen] | null {
  const [wide, deep] = a === undefined || b === undefined ? [0, 0] : [snapped(Math.abs(a[0] - b[0])), snapped(Math.abs(a[1] - b[1]))];
  if (a === undefined || b === undefined || wide === 0 || deep === 0) return null;
  const id = freshId(parts, "box_");
  const box: Box = { id, kind: "rack", x: snapped((a[0] + b[0]) / 2, SNAP_M / 2), y: snapped((a[1] + b[1]) / 2, SNAP_M / 2), size_x: wide, size_y: deep, theta: 0, height: 2 };
  return [{ ...parts, boxes: [...parts.boxes, box] }, { section: "boxes", id }];
}

/** A camera where it hangs, looking at a point of the floor. */
export function withCamera(parts: Parts, [at, looks]: XY[]): [Parts, Chosen] | null {
  if (at === undefined || looks === undefined) return null;
  const id = freshId(parts, "C");
  return [{ ...parts, cameras: [...parts.cameras, { id, x: at[0], y: at[1], height: 6, looks_at: looks, areas: [] }] }, { section: "cameras", id }];
}

/** One more robot, of the kind of the last one, at the first parking place that no robot has; without one the lint says so. */
export function withNewRobot(parts: Parts): [Parts, Chosen] {
  const last = parts.fleet[parts.fleet.length - 1];
  const homes = new Set(parts.fleet.map((robot) => robot.parking));
  const free = parts.parking.find((place) => !homes.has(place.id)) ?? parts.parking[0];
  const names = new Set(parts.fleet.map((robot) => robot.name));
  let number = parts.fleet.length + 1;
  const numbered = (): string => `amr_${String(number).padStart(2, "0")}`;
  while (names.has(numbered())) number += 1;
  const made: FleetRobot = { name: numbered(), type: last?.type ?? "lift_amr", parking: free?.id ?? "?" };
  return [{ ...parts, fleet: [...parts.fleet, made] }, { section: "fleet", id: made.name }];
}

/** One more conveyor, at the chosen station of a place, or at the first one that has none. */
export function withNewConveyor(parts: Parts, chosen: Chosen | null): [Parts, Chosen] {
  const taken = new Set(parts.conveyors.map((conveyor) => conveyor.station));
  const stations = stationsOf(parts);
  const wanted = chosen?.section === "places" ? parts.places.find((p) => p.id === chosen.id)?.stations.find((s) => chosen.station === undefined || s.id === chosen.station)?.id : undefined;
  const id = freshId(parts, "BT");
  const made: Conveyor = { id, station: wanted ?? stations.find((s) => !taken.has(s)) ?? "?", load_sensor: false, ready_s: 5 };
  return [{ ...parts, conveyors: [...parts.conveyors, made] }, { section: "conveyors", id }];
}

/** The stations of all places: where a conveyor may stand. */
export function stationsOf(parts: Parts): string[] {
  return parts.places.flatMap((place) => place.stations.map((station) => station.id));
}

/** Where on the sheet a robot or a conveyor belongs: its parking place, its station. */
export function spotOf(parts: Parts, { section, id }: Chosen): Station | undefined {
  if (section === "fleet") return parts.parking.find((place) => place.id === parts.fleet.find((robot) => robot.name === id)?.parking);
  const station = section === "conveyors" ? parts.conveyors.find((conveyor) => conveyor.id === id)?.station : undefined;
  return station === undefined ? undefined : parts.places.flatMap((place) => place.stations).find((one) => one.id === station);
}

/** A station nose away from the lane that is nearest, in the chosen place, in a new one, or among chargers or parking places. */
export function withNewStation(parts: Parts, at: XY, home: StationHome, chosen: Chosen | null): [Parts, Chosen] {
  const near = nearestLane(parts, at);
  const theta = near === null ? 0 : Math.round(Math.atan2(at[1] - near.foot[1], at[0] - near.foot[0]) * 1e6) / 1e6;
  const used = [...parts.places.flatMap((p) => p.stations), ...parts.chargers].map((s) => s.marker ?? 0);
  const made = (id: string): Station => ({ id, x: at[0], y: at[1], theta, lane: near?.lane ?? "?", marker: home === "parking" ? null : Math.max(0, ...used) + 1, target: "tag" });
  if (home !== "places") {
    const id = freshId(parts, home === "chargers" ? "CH" : "P");
    return [{ ...parts, [home]: [...parts[home], made(id)] }, { section: home, id }];
  }
  const place = chosen?.section === "places" ? parts.places.find((p) => p.id === chosen.id) : undefined;
  if (place !== undefined) {
    const station = freshId(parts, `${place.id}_`);
    return [withObject(parts, "places", place.id, { stations: [...place.stations, made(station)] }), { section: "places", id: place.id, station }];
  }
  const id = freshId(parts, "V");
  const fresh: Place = { id, kind: "block", name_vi: id, name_en: id, stations: [made(`${id}_1`)] };
  return [{ ...parts, places: [...parts.places, fresh] }, { section: "places", id, station: `${id}_1` }];
}

export function nearestLane(parts: Parts, at: XY): { lane: string; foot: XY; distance: number } | null {
  let best: { lane: string; foot: XY; distance: number } | null = null;
  for (const lane of parts.lanes) {
    for (let i = 1; i < lane.points.length; i++) {
      const foot = footOn(at, lane.points[i - 1] as XY, lane.points[i] as XY);
      const distance = Math.hypot(at[0] - foot[0], at[1] - foot[1]);
      if (best === null || distance < best.distance) best = { lane: lane.id, foot, distance };
    }
  }
  return best;
}

function footOn([x, y]: XY, [ax, ay]: XY, [bx, by]: XY): XY {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return [ax + share * dx, ay + share * dy];
}

/** Where a drawn corner goes: to a node of a lane within reach, else onto a lane within reach, else to the grid. */
export function caught(parts: Parts, at: XY, reach: number): XY {
  let best: XY | null = null;
  let nearest = reach;
  for (const lane of parts.lanes) {
    for (const point of lane.points) {
      const d = Math.hypot(point[0] - at[0], point[1] - at[1]);
      if (d < nearest) [best, nearest] = [point, d];
    }
  }
  if (best !== null) return best;
  const near = nearestLane(parts, at);
  return snapXY(near !== null && near.distance < reach / 2 ? near.foot : at);
}
