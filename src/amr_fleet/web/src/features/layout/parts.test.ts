import { beforeEach, expect, it } from "vitest";

import type { LayoutShown } from "../../shared/api/types";
import { begun, changed, redone, undone } from "./history";
import { caught, freshId, nearestLane, type Parts, renamed, snapped, snapXY, spotOf, withBox, withCamera, withCorner, withLane, withMoved, withNewCorner, withNewStation, withObject, without, withoutCorner, withWall } from "./parts";
import { isUnsaved, useLayout } from "./state";
import { around } from "./window";

const PARTS: Parts = {
  walls: [{ id: "outer", points: [[0, 0], [20, 0], [20, 12], [0, 12], [0, 0]], thickness: 0.2, height: 3 }],
  boxes: [],
  doors: [],
  lanes: [
    { id: "L1", points: [[4, 4], [16, 4]], two_way: false, max_speed: 1, width: 2.1 },
    { id: "L2", points: [[16, 4], [16, 8]], two_way: false, max_speed: 1, width: 2.1 },
  ],
  zones: [{ id: "Z", kind: "speed", polygon: [[1, 1], [2, 1], [2, 2]], max_speed: 0.5, capacity: null }],
  places: [{ id: "D1", kind: "dock", name_vi: "Cửa 1", name_en: "Door 1", stations: [{ id: "D1_1", x: 6, y: 1.6, theta: -1.570796, lane: "L1", marker: 7, target: "tag" }] }],
  chargers: [],
  cameras: [{ id: "C1", x: 10, y: 11.5, height: 3, looks_at: [10, 4], areas: [] }],
  levels: [],
  lifts: [],
  conveyors: [],
  movers: [{ id: "person_1", kind: "person", route: [[5, 5], [9, 5]], speed: 1.1, yields: true, pause: 5 }],
  demand: { base_per_hour: 12, peak_per_hour: 20, mix: [{ pick: "dock", drop: "block", share: 0.3 }, { pick: "block", drop: "dock", share: 0.1 }] },
  fleet: [{ name: "amr_01", type: "fork_robot", parking: "P1" }],
  parking: [{ id: "P1", x: 14, y: 10.4, theta: 1.570796, lane: "L1", marker: null, target: "tag" }, { id: "P2", x: 12, y: 10.4, theta: 1.570796, lane: "L1", marker: null, target: "tag" }],
};
const SHOWN: LayoutShown = { site_id: "lab", size: [20, 12], running: "0".repeat(16), revision: "", saved_at: 0, stale: false, parts: PARTS };

beforeEach(() => useLayout.getState().load("hung", SHOWN));

it("snaps to 5 cm without the dust of binary fractions", () => {
  expect([0.07, 0.074, 0.076, 12.3499999, -0.02].map((v) => snapped(v))).toEqual([0.05, 0.05, 0.1, 12.35, -0]);
  expect(snapXY([10.123, 3.449])).toEqual([10.1, 3.45]);
});

it("moves a node that two lanes share for both, and a closed wall's first and last corner together", () => {
  const moved = withCorner(PARTS, { section: "lanes", id: "L1", node: 1 }, [17, 4]);
  expect(moved.lanes.map((l) => l.points)).toEqual([[[4, 4], [17, 4]], [[17, 4], [16, 8]]]);
  const wall = withCorner(PARTS, { section: "walls", id: "outer", node: 0 }, [-1, 0]).walls[0]!;
  expect([wall.points[0], wall.points[4]]).toEqual([[-1, 0], [-1, 0]]);
  expect(PARTS.lanes[0]!.points[1]).toEqual([16, 4]);
});

it("adds and takes corners, but leaves a lane two and a zone three", () => {
  const more = withNewCorner(PARTS, { section: "zones", id: "Z", node: 2 });
  expect(more.zones[0]!.polygon[3]).toEqual([1.5, 1.5]);
  expect(withoutCorner(more, { section: "zones", id: "Z", node: 3 }).zones[0]!.polygon).toEqual(PARTS.zones[0]!.polygon);
  expect(withoutCorner(PARTS, { section: "zones", id: "Z", node: 0 })).toBe(PARTS);
  expect(withoutCorner(PARTS, { section: "lanes", id: "L1", node: 0 })).toBe(PARTS);
});

it("gives new objects names that nothing has", () => {
  expect(freshId(PARTS, "L")).toBe("L3");
  expect(freshId(PARTS, "D1_")).toBe("D1_2");
  expect(withLane(PARTS, [[1, 1], [2, 2]], { twoWay: true, speed: 0.5 })[0].lanes[2]).toEqual({ id: "L3", points: [[1, 1], [2, 2]], two_way: true, max_speed: 0.5, width: 2.1 });
  expect(withWall(PARTS, [[1, 1], [2, 2]])[1]).toEqual({ section: "walls", id: "wall_1" });
});

it("puts a station nose away from the nearest lane, into the chosen place or a new one", () => {
  const [into, chosen] = withNewStation(PARTS, [8, 1.6], "places", { section: "places", id: "D1" });
  expect(chosen).toEqual({ section: "places", id: "D1", station: "D1_2" });
  expect(into.places[0]!.stations[1]).toEqual({ id: "D1_2", x: 8, y: 1.6, theta: -1.570796, lane: "L1", marker: 8, target: "tag" });
  const [fresh] = withNewStation(PARTS, [18, 6], "places", null);
  expect(fresh.places[1]!.stations[0]).toMatchObject({ lane: "L2", theta: 0 });
  expect(withNewStation(PARTS, [8, 6], "parking", null)[0].parking[2]).toMatchObject({ id: "P3", marker: null });
});

it("takes a station out of its place, and the place with its last one", () => {
  const [two] = withNewStation(PARTS, [8, 1.6], "places", { section: "places", id: "D1" });
  expect(without(two, { section: "places", id: "D1", station: "D1_1" }).places[0]!.stations.map((s) => s.id)).toEqual(["D1_2"]);
  expect(without(PARTS, { section: "places", id: "D1", station: "D1_1" }).places).toEqual([]);
});

it("takes stations along when their lane gets another name", () => {
  const to = renamed(PARTS, { section: "lanes", id: "L1" }, "south");
  expect([to.lanes[0]!.id, to.parking[0]!.lane, to.places[0]!.stations[0]!.lane]).toEqual(["south", "south", "south"]);
});

it("catches nodes before lanes before the grid", () => {
  expect(caught(PARTS, [15.7, 4.2], 0.5)).toEqual([16, 4]);
  expect(caught(PARTS, [10.02, 4.1], 0.5)).toEqual([10, 4]);
  expect(caught(PARTS, [10.02, 6.11], 0.5)).toEqual([10, 6.1]);
  expect(nearestLane({ ...PARTS, lanes: [] }, [0, 0])).toBeNull();
});

it("takes back and does again, a drag in one step, and forgets the future after a change", () => {
  let h = begun(0);
  for (const v of [1, 2, 3]) h = changed(h, v, "drag");
  h = changed(h, 4);
  expect(undone(h).now).toBe(3);
  expect(undone(undone(h)).now).toBe(0);
  expect(undone(undone(undone(h))).now).toBe(0);
  expect(redone(undone(h)).now).toBe(4);
  expect(redone(h)).toBe(h);
  expect(redone(changed(undone(h), 9)).now).toBe(9);
  for (let v = 10; v < 400; v++) h = changed(h, v);
  expect(h.past.length).toBe(200);
});

it("draws a lane from node to node, chooses it, and takes it back", () => {
  const s = useLayout.getState;
  s().take("lane");
  s().put([10, 4]);
  s().put([10, 8]);
  s().put([10, 8]); // the same once more ends it, as a double click does
  expect(s().history!.now.lanes[2]).toMatchObject({ id: "L3", points: [[10, 4], [10, 8]] });
  expect([s().chosen, s().pen, isUnsaved(s())]).toEqual([{ section: "lanes", id: "L3" }, [], true]);
  s().undo();
  expect([s().history!.now, s().chosen, isUnsaved(s())]).toEqual([PARTS, null, false]);
  s().redo();
  s().keep("a".repeat(16));
  expect([s().history!.now.lanes.length, isUnsaved(s()), s().revision]).toEqual([3, false, "a".repeat(16)]);
});

it("makes nothing of too few corners, and leaves step by step", () => {
  const s = useLayout.getState;
  s().take("zone");
  s().put([1, 1]);
  s().put([2, 1]);
  s().finish();
  expect([s().history!.now, s().pen]).toEqual([PARTS, []]);
  s().put([1, 1]);
  s().leave();
  expect([s().pen, s().tool]).toEqual([[], "zone"]);
  s().leave();
  expect(s().tool).toBe("select");
});

it("removes what is chosen: a corner first, then the object", () => {
  const s = useLayout.getState;
  s().edit(withNewCorner(PARTS, { section: "lanes", id: "L1", node: 0 }));
  s().choose({ section: "lanes", id: "L1", node: 1 });
  s().remove();
  expect(s().history!.now.lanes[0]!.points.length).toBe(2);
  s().remove();
  expect([s().history!.now.lanes.map((l) => l.id), s().chosen]).toEqual([["L2"], null]);
});

it("moves the plan to a point only where it is not seen well already", () => {
  const near = { x: 0, y: 12, w: 20 };
  expect(around([10, 6], near, 20 / 12)).toBe(near);
  expect(around([19, 6], near, 20 / 12)).toEqual({ x: 9, y: 12, w: 20 });
  expect(around([50, 50], { x: 0, y: 100, w: 200 }, 2)).toEqual({ x: 30, y: 60, w: 40 });
});

it("draws a box between two corners, from whichever is pressed first, and none of nothing", () => {
  const [boxed, chosen] = withBox(PARTS, [[8, 7], [6, 4]])!;
  expect(boxed.boxes).toEqual([{ id: "box_1", kind: "rack", x: 7, y: 5.5, size_x: 2, size_y: 3, theta: 0, height: 2 }]);
  expect(withBox(PARTS, [[8, 7], [8, 4]])).toBeNull();
  expect(withMoved(boxed, chosen, [1, 2]).boxes[0]).toMatchObject({ x: 1, y: 2, size_x: 2 });
});

it("hangs a camera, and moves it or what it looks at", () => {
  const [made, chosen] = withCamera(PARTS, [[1, 1], [3, 3]])!;
  expect(made.cameras[1]).toEqual({ id: "C2", x: 1, y: 1, height: 6, looks_at: [3, 3], areas: [] });
  expect(withMoved(made, chosen, [2, 2]).cameras[1]).toMatchObject({ x: 2, y: 2, looks_at: [3, 3] });
  expect(withMoved(made, { ...chosen, node: 0 }, [5, 5]).cameras[1]).toMatchObject({ x: 1, looks_at: [5, 5] });
});

it("ends a box and a camera with the second press, and takes them back", () => {
  const s = useLayout.getState;
  for (const [tool, section] of [["box", "boxes"], ["camera", "cameras"]] as const) {
    const before = s().history!.now[section].length;
    s().take(tool);
    s().put([6, 6]);
    s().put([8, 8]);
    expect([s().history!.now[section].length, s().pen]).toEqual([before + 1, []]);
    s().undo();
    expect(s().history!.now[section].length).toBe(before);
  }
});

it("adds a robot of the last one's type at the first free parking place, and a conveyor at the chosen station", () => {
  const { addRobot, addConveyor, undo } = useLayout.getState();
  const now = (): Parts => useLayout.getState().history!.now;
  addRobot();
  expect(now().fleet[1]).toEqual({ name: "amr_02", type: "fork_robot", parking: "P2" });
  expect(useLayout.getState().chosen).toEqual({ section: "fleet", id: "amr_02" });
  addRobot(); // no place is left: the lint says so of this robot
  expect(now().fleet[2]).toEqual({ name: "amr_03", type: "fork_robot", parking: "P1" });
  useLayout.getState().choose({ section: "places", id: "D1", station: "D1_1" });
  addConveyor();
  expect(now().conveyors).toEqual([{ id: "BT1", station: "D1_1", load_sensor: false, ready_s: 5 }]);
  expect(spotOf(now(), { section: "conveyors", id: "BT1" })?.id).toBe("D1_1");
  for (let k = 0; k < 3; k++) undo();
  expect(now()).toEqual(PARTS);
});

it("changes, renames and removes a robot by its name; its parking place's name is followed", () => {
  const robot = { section: "fleet", id: "amr_01" } as const;
  expect(withObject(PARTS, "fleet", "amr_01", { type: "lift_amr" }).fleet[0]!.type).toBe("lift_amr");
  expect(renamed(PARTS, robot, "xe_1").fleet[0]).toEqual({ name: "xe_1", type: "fork_robot", parking: "P1" });
  expect(renamed(PARTS, { section: "parking", id: "P1" }, "BD1").fleet[0]!.parking).toBe("BD1");
  expect(without(PARTS, robot).fleet).toEqual([]);
  expect(freshId(PARTS, "amr_0")).toBe("amr_02");
});
