import { expect, it } from "vitest";

import type { Site } from "../../shared/api/types";
import { aRobot, aSnapshot } from "../../shared/testing/samples";
import { areaOf, floorAt, floorOf, floorsOf, liftState, robotsOn, siteOn, snapshotOn } from "./floors";

const level = (id: string, y: number) => ({ id, name_vi: id, name_en: id, height: y / 4, origin: [0, y] as [number, number], size: [20, 12] as [number, number] });
const wall = (y: number) => ({ points: [[0, y], [20, y]] as [number, number][], thickness: 0.2 });
const station = (id: string, y: number) => ({ id, x: 5, y, theta: 0 });
const stop = (on: string, y: number) => ({ level: on, x: 16, y, theta: 0 });

const site: Site = {
  id: "s", name_vi: "", name_en: "", size: [20, 28], boxes: [], doors: [], zones: [], cameras: [], robot_types: {},
  walls: [wall(0), wall(16)], lanes: [{ id: "g", points: [[1, 1], [9, 1]], two_way: false }, { id: "u", points: [[1, 17], [9, 17]], two_way: false }],
  places: [{ id: "P", kind: "dock", name_vi: "", name_en: "", stations: [station("P1", 2), station("P2", 20)] }],
  chargers: [station("C", 3)], parking: [station("K", 21)],
  levels: [level("ground", 0), level("upper", 16)],
  conveyors: [],
  load_types: [],
  air_locks: [],
  lifts: [{ id: "l", name_vi: "", name_en: "", size: [2.4, 1.8], stops: [stop("ground", 6), stop("upper", 22)] }],
};
const flat: Site = { ...site, levels: [], lifts: [] };
const [ground, upper] = [site.levels[0]!, site.levels[1]!];

it("offers floors only where there is more than one", () => {
  expect(floorsOf(site).map((f) => f.id)).toEqual(["ground", "upper"]);
  expect(floorsOf(flat)).toEqual([]);
  expect(floorOf(flat, "upper")).toBeNull();
  expect(floorOf(site, null)).toBe(ground);
  expect(floorOf(site, "upper")).toBe(upper);
  expect(floorOf(site, "a floor that is gone")).toBe(ground);
});

it("knows which floor a point of the sheet is on", () => {
  expect(floorAt(site, [5, 5])).toBe(ground);
  expect(floorAt(site, [5, 20])).toBe(upper);
  expect(floorAt(site, [5, 14])).toBeNull();
  expect(areaOf(site, upper)).toEqual({ at: [0, 16], size: [20, 12] });
  expect(areaOf(flat, null)).toEqual({ at: [0, 0], size: [20, 28] });
});

it("leaves a site with one floor as it is, and its pictures too", () => {
  const snapshot = aSnapshot({ robots: [aRobot()] });
  expect(siteOn(flat, null)).toBe(flat);
  expect(snapshotOn(snapshot, null)).toBe(snapshot);
});

it("draws of a floor what is on it", () => {
  const shown = siteOn(site, upper);
  expect([shown.walls.length, shown.lanes.map((l) => l.id), shown.chargers.length, shown.parking.length]).toEqual([1, ["u"], 0, 1]);
  expect(shown.places[0]?.stations.map((s) => s.id)).toEqual(["P2"]);
  expect(shown.lifts[0]?.stops.map((s) => s.level)).toEqual(["upper"]);
  expect(siteOn(site, ground).chargers.length).toBe(1);
});

it("shows the robots of a floor, their ways only as far as it goes, and says where the others are", () => {
  const snapshot = aSnapshot({
    robots: [
      aRobot({ name: "below", x: 5, y: 5, path: [[5, 5], [16, 6], [16, 22], [9, 20]], base: [[5, 5], [9, 5]] }),
      aRobot({ name: "above", x: 5, y: 20 }),
      aRobot({ name: "nowhere", x: null, y: null }),
    ],
  });
  const shown = snapshotOn(snapshot, ground).robots;
  expect(shown.map((r) => [r.name, r.path.length, r.base.length])).toEqual([["below", 2, 2]]);
  expect(snapshotOn(snapshot, upper).robots.map((r) => r.name)).toEqual(["above"]);
  expect([...robotsOn(site, snapshot)]).toEqual([["ground", ["below"]], ["upper", ["above"]]]);
  expect([...robotsOn(flat, snapshot)]).toEqual([]);
});

it("says of a lift why it does not come before anything else", () => {
  expect(liftState({ mode: "AGV", moving: true, door: "CLOSED" })).toBe("floors.moving");
  expect(liftState({ mode: "AGV", moving: false, door: "OPEN" })).toBe("floors.door.open");
  expect(liftState({ mode: "AGV", moving: false, door: "CLOSED" })).toBe("floors.door.closed");
  expect(liftState({ mode: "AGV", moving: false, door: "OPENING" })).toBe("floors.door.moving");
  expect(liftState({ mode: "FIRE", moving: true, door: "OPEN" })).toBe("floors.mode.FIRE");
});
