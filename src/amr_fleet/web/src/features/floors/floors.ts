import { create } from "zustand";

import type { Lane, Site, Snapshot, XY } from "../../shared/api/types";
import type { vi } from "./texts";

/** A site with several floors has them side by side on one sheet; the map shows one of them at a time. */

export type Level = Site["levels"][number];

/** A rectangle of the sheet (m): its south-west corner and its size. */
export interface Area {
  at: XY;
  size: XY;
}

/** The floor that the map shows; null: the first one. */
export const useFloor = create<{ level: string | null; show: (level: string) => void }>((set) => ({
  level: null,
  show: (level) => set({ level }),
}));

/** The floors to choose from; none where there is only one. */
export function floorsOf(site: Site): readonly Level[] {
  return site.levels.length > 1 ? site.levels : [];
}

export function floorOf(site: Site, chosen: string | null): Level | null {
  const floors = floorsOf(site);
  return floors.find((f) => f.id === chosen) ?? floors[0] ?? null;
}

export function floorAt(site: Site, point: XY): Level | null {
  return floorsOf(site).find((f) => within({ at: f.origin, size: f.size }, point)) ?? null;
}

/** What of the sheet the map shows: a floor, or all of it. */
export function areaOf(site: Site, floor: Level | null): Area {
  return floor === null ? { at: [0, 0], size: site.size } : { at: floor.origin, size: floor.size };
}

export function within({ at, size }: Area, [x, y]: XY): boolean {
  return x >= at[0] && y >= at[1] && x <= at[0] + size[0] && y <= at[1] + size[1];
}

/** The site with nothing but what is on a floor; the site itself where there is only one. */
export function siteOn(site: Site, floor: Level | null): Site {
  if (floor === null) return site;
  const area = areaOf(site, floor);
  const here = (thing: { x: number; y: number }): boolean => within(area, [thing.x, thing.y]);
  const along = (thing: { points: XY[] }): boolean => thing.points.some((p) => within(area, p));
  const places = site.places.map((p) => ({ ...p, stations: p.stations.filter(here) })).filter((p) => p.stations.length > 0);
  return {
    ...site,
    levels: [floor],
    lifts: site.lifts.map((lift) => ({ ...lift, stops: lift.stops.filter((s) => s.level === floor.id) })),
    walls: site.walls.filter(along), lanes: site.lanes.filter((lane: Lane) => along(lane)),
    boxes: site.boxes.filter(here), doors: site.doors.filter(here), cameras: site.cameras.filter(here),
    chargers: site.chargers.filter(here), parking: site.parking.filter(here), places,
    zones: site.zones.filter((z) => z.polygon.some((p) => within(area, p))),
  };
}

/** The snapshot with nothing but what is on a floor; ways end where they leave it. */
export function snapshotOn(snapshot: Snapshot, floor: Level | null): Snapshot {
  if (floor === null) return snapshot;
  const area: Area = { at: floor.origin, size: floor.size };
  const here = (thing: { x: number | null; y: number | null }): boolean => thing.x !== null && thing.y !== null && within(area, [thing.x, thing.y]);
  const way = (points: XY[]): XY[] => {
    const end = points.findIndex((p) => !within(area, p));
    return end < 0 ? points : points.slice(0, end);
  };
  return {
    ...snapshot,
    robots: snapshot.robots.filter(here).map((r) => ({ ...r, base: way(r.base), path: way(r.path) })),
    tracks: snapshot.tracks.filter(here),
    zones: snapshot.zones.filter((z) => z.polygon.length === 0 || z.polygon.some((p) => within(area, p))),
  };
}

/** The names of the robots on each floor; those that nobody knows the place of are on none. */
export function robotsOn(site: Site, snapshot: Snapshot | null): Map<string, string[]> {
  const found = new Map(floorsOf(site).map((f) => [f.id, [] as string[]]));
  for (const robot of snapshot?.robots ?? []) {
    if (robot.x === null || robot.y === null) continue;
    const floor = floorAt(site, [robot.x, robot.y]);
    if (floor !== null) found.get(floor.id)?.push(robot.name);
  }
  return found;
}

/** What a person reads of a lift: why it does not come, else whether it moves, else its door. */
export function liftState(lift: Pick<Snapshot["lifts"][number], "mode" | "moving" | "door">): keyof typeof vi {
  if (lift.mode !== "AGV") return `floors.mode.${lift.mode}`;
  if (lift.moving) return "floors.moving";
  return lift.door === "OPEN" ? "floors.door.open" : lift.door === "CLOSED" ? "floors.door.closed" : "floors.door.moving";
}
