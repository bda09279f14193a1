import { beforeEach, expect, it } from "vitest";

import type { LayoutShown } from "../../shared/api/types";
import { countOn, isTaken, type Level, levelAt, levelOf, onLevel, sheetOf, toLevel, withLevelAt, withLift, withNewLevel, withoutLevel } from "./levels";
import { exists, isPlaced, type Parts, renamed, withMoved, without } from "./parts";
import { useLayout } from "./state";

const GROUND: Level = { id: "ground", name_vi: "Tầng trệt", name_en: "Ground floor", height: 0, origin: [0, 0], size: [20, 12] };
const UPPER: Level = { id: "upper", name_vi: "Tầng 1", name_en: "Upper floor", height: 4.5, origin: [0, 16], size: [20, 12] };
const LEVELS = [GROUND, UPPER];
const station = (id: string, x: number, y: number, lane: string) => ({ id, x, y, theta: 0, lane, marker: null, target: "tag" as const });
const FLAT: Parts = {
  walls: [{ id: "outer", points: [[0.1, 0.1], [19.9, 0.1]], thickness: 0.2, height: 3 }],
  boxes: [{ id: "rack", kind: "rack", x: 8, y: 9, size_x: 2, size_y: 1, theta: 0, height: 2 }],
  doors: [],
  lanes: [
    { id: "L1", points: [[4, 4], [16, 4]], two_way: false, max_speed: 1, width: 2.1 },
    { id: "L2", points: [[16, 4], [16, 8]], two_way: false, max_speed: 1, width: 2.1 },
  ],
  zones: [],
  places: [{ id: "D1", kind: "dock", name_vi: "Cửa 1", name_en: "Door 1", stations: [station("D1_1", 6, 1.6, "L1"), station("D1_2", 8, 1.6, "L1")] }],
  chargers: [],
  parking: [station("P1", 14, 10.4, "L1")],
  cameras: [{ id: "C1", x: 10, y: 11.5, height: 3, looks_at: [10, 4], areas: [{ id: "a", action: "hold", max_speed: 0, polygon: [[9, 4], [10, 4], [10, 5]] }] }],
  levels: [],
  lifts: [],
  conveyors: [],
  movers: [{ id: "person_1", kind: "person", route: [[5, 5], [9, 5]], speed: 1.1, yields: true, pause: 5 }],
  demand: { base_per_hour: 12, peak_per_hour: 20, mix: [{ pick: "dock", drop: "block", share: 1 }] },
  fleet: [],
};
const HOUSE: Parts = { ...FLAT, levels: LEVELS };
const UPSTAIRS: Parts = { ...HOUSE, lanes: [...FLAT.lanes, { id: "U1", points: [[4, 20], [16, 20]], two_way: false, max_speed: 1, width: 2.1 }] };
const SHOWN: LayoutShown = { site_id: "lab", size: [20, 12], running: "0".repeat(16), revision: "", saved_at: 0, stale: false, parts: FLAT };

beforeEach(() => useLayout.getState().load("hung", SHOWN));

it("sets a lift with a stop on each level, moves one, and takes none of two away alone", () => {
  const [made, chosen] = withLift(HOUSE, [[16.6, 6], [16.6, 22]])!;
  expect(made.lifts[0]!.stops).toEqual([{ level: "ground", x: 16.6, y: 6, theta: 0, lane: "L2" }, { level: "upper", x: 16.6, y: 22, theta: 0, lane: "?" }]);
  expect([isPlaced(made, chosen), exists(made, chosen), exists(HOUSE, chosen)]).toEqual([true, true, false]);
  expect(withMoved(made, { ...chosen, station: "upper" }, [1, 20]).lifts[0]!.stops.map((stop) => [stop.x, stop.y])).toEqual([[16.6, 6], [1, 20]]);
  expect(renamed(made, { section: "lanes", id: "L2" }, "east").lifts[0]!.stops[0]!.lane).toBe("east");
  expect(without(made, chosen).lifts).toEqual([]);
  expect(withLift(HOUSE, [[1, 1], [2, 2]])).toBeNull();
});

it("looks at one level, and what is drawn there stays in the whole draft", () => {
  const [made] = withLift(HOUSE, [[16.6, 6], [16.6, 22]])!;
  const upper = onLevel(made, LEVELS[1]!);
  expect([upper.lanes, upper.places, upper.cameras, upper.lifts[0]!.stops.length]).toEqual([[], [], [], 1]);
  expect(onLevel(made, LEVELS[0]!).lanes).toEqual(made.lanes);
  expect([levelAt(LEVELS, [1, 20]), levelAt(LEVELS, [1, 14])]).toEqual(["upper", undefined]);
});

it("makes a house of one floor one of two: what is there lies on the ground floor, the sheet grows", () => {
  const [two, chosen] = withNewLevel(FLAT, [20, 12]);
  expect(two.levels).toEqual([
    { id: "level_1", name_vi: "Tầng trệt", name_en: "Ground floor", height: 0, origin: [0, 0], size: [20, 12] },
    { id: "level_2", name_vi: "Tầng 1", name_en: "Floor 1", height: 4.5, origin: [0, 16], size: [20, 12] },
  ]);
  expect([chosen, sheetOf([20, 12], two.levels), sheetOf([20, 12], [])]).toEqual([{ section: "levels", id: "level_2" }, [20, 28], [20, 12]]);
  const [three] = withNewLevel(two, [20, 28]);
  expect(three.levels[2]).toMatchObject({ id: "level_3", name_vi: "Tầng 2", height: 9, origin: [0, 32] });
});

it("takes the stops of lifts along when a level gets another name", () => {
  const [made] = withLift(HOUSE, [[16.6, 6], [16.6, 22]])!;
  const to = renamed(made, { section: "levels", id: "upper" }, "top");
  expect([to.levels[1]!.id, to.lifts[0]!.stops.map((stop) => stop.level)]).toEqual(["top", ["ground", "top"]]);
});

it("moves a level with all that is on it, and says where it would lie on another", () => {
  const moved = withLevelAt(UPSTAIRS, "upper", [1, 20]);
  expect([moved.levels[1]!.origin, moved.lanes[2]!.points, moved.lanes[0]!.points]).toEqual([[1, 20], [[5, 24], [17, 24]], [[4, 4], [16, 4]]]);
  expect([[0, 12], [0, 12.05], [20, 0], [21, 0]].map((at) => isTaken(LEVELS, "upper", [at[0]!, at[1]!]))).toEqual([true, false, true, false]);
});

it("takes a level out with what is on it, and of the last one only the level", () => {
  const [made] = withLift(UPSTAIRS, [[16.6, 6], [16.6, 22]])!;
  expect(countOn(made, "upper")).toBe(2); // its lane, and the lift that has one stop left
  const bare = withoutLevel(made, "upper");
  expect([bare.levels, bare.lanes.map((o) => o.id), bare.lifts]).toEqual([[GROUND], ["L1", "L2"], []]);
  const flat = withoutLevel(bare, "ground");
  expect([flat, countOn(bare, "ground")]).toEqual([FLAT, 0]);
});

it.each([
  ["lanes", "L1", { lanes: [{ points: [[4, 20], [16, 20]] }] }],
  ["walls", "outer", { walls: [{ points: [[0.1, 16.1], [19.9, 16.1]] }] }],
  ["boxes", "rack", { boxes: [{ x: 8, y: 25, size_x: 2 }] }],
  ["cameras", "C1", { cameras: [{ y: 27.5, looks_at: [10, 20], areas: [{ polygon: [[9, 20], [10, 20], [10, 21]] }] }] }],
  ["parking", "P1", { parking: [{ y: 26.4, lane: "U1" }] }],
] as const)("moves one of the %s to the same spot of another level", (section, id, holds) => {
  const moved = toLevel(UPSTAIRS, { section, id }, "upper");
  expect(moved[section][0]).toMatchObject((holds as unknown as Record<string, object[]>)[section]![0]!);
  expect([levelOf(UPSTAIRS, { section, id }), levelOf(moved, { section, id })]).toEqual(["ground", "upper"]);
  expect(toLevel(moved, { section, id }, "upper")).toBe(moved);
});

it("moves a station alone or its place as a whole, and a lift's stop only to where it has none", () => {
  const ys = (parts: Parts): [number, string][] => parts.places[0]!.stations.map((s) => [s.y, s.lane]);
  expect(ys(toLevel(UPSTAIRS, { section: "places", id: "D1", station: "D1_2" }, "upper"))).toEqual([[1.6, "L1"], [17.6, "U1"]]);
  expect(ys(toLevel(UPSTAIRS, { section: "places", id: "D1" }, "upper"))).toEqual([[17.6, "U1"], [17.6, "U1"]]);
  const [two, chosen] = withLift(UPSTAIRS, [[16.6, 6], [16.6, 22]])!;
  expect(toLevel(two, chosen, "upper")).toBe(two);
  const top: Level = { ...UPPER, id: "top", origin: [0, 32] };
  const moved = toLevel({ ...two, levels: [...LEVELS, top] }, { ...chosen, station: "upper" }, "top");
  expect(moved.lifts[0]!.stops.map((stop) => [stop.level, stop.y, stop.lane])).toEqual([["ground", 6, "L2"], ["top", 38, "?"]]);
});

it("adds a level in one step that is taken back, and removes it with Delete", () => {
  const s = useLayout.getState;
  s().addLevel();
  expect([s().history!.now.levels.length, s().chosen?.id]).toEqual([2, "level_2"]);
  s().undo();
  expect([s().history!.now, s().chosen]).toEqual([FLAT, null]);
  s().redo();
  s().choose({ section: "levels", id: "level_2" });
  s().remove();
  expect(s().history!.now.levels.map((level) => level.id)).toEqual(["level_1"]);
});

it("takes robots and conveyors with the level that their place is on; those of no place stay for the lint", () => {
  const fleet = [{ name: "amr_01", type: "lift_amr", parking: "P1" }, { name: "amr_02", type: "lift_amr", parking: "P9" }];
  const full: Parts = { ...UPSTAIRS, fleet, conveyors: [{ id: "BT1", station: "D1_1", load_sensor: false, ready_s: 5 }] };
  expect([onLevel(full, GROUND), onLevel(full, UPPER)].map((one) => [one.fleet.length, one.conveyors.length])).toEqual([[1, 1], [0, 0]]);
  const left = withoutLevel(full, "ground");
  expect([left.fleet.map((robot) => robot.name), left.conveyors]).toEqual([["amr_02"], []]);
  expect(levelOf(full, { section: "fleet", id: "amr_01" })).toBe("ground");
});
