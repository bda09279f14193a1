import { beforeEach, expect, it } from "vitest";

import type { LayoutShown } from "../../shared/api/types";
import { levelOf, onLevel, toLevel, withLevelAt, withoutLevel } from "./levels";
import { flowId, ordersOf, roundOf, withDemand, withFlow, withMover, withNewFlow, withoutFlow } from "./movers";
import { cornersOf, exists, type Parts, renamed, without, withCorner, withNewCorner, withoutCorner } from "./parts";
import { isUnsaved, useLayout } from "./state";

const place = (id: string, kind: Parts["places"][number]["kind"]): Parts["places"][number] => ({ id, kind, name_vi: id, name_en: id, stations: [] });
const PARTS: Parts = {
  walls: [], boxes: [], doors: [], lanes: [{ id: "L1", points: [[5, 5], [9, 5]], two_way: false, max_speed: 1, width: 2.1 }], zones: [], chargers: [], parking: [], cameras: [], levels: [], lifts: [], conveyors: [], fleet: [],
  places: [place("D1", "dock"), place("A1", "block"), place("R1", "rack")],
  movers: [{ id: "person_1", kind: "person", route: [[5, 5], [9, 5]], speed: 1.1, yields: true, pause: 5 }],
  demand: { base_per_hour: 12, peak_per_hour: 20, mix: [{ pick: "dock", drop: "block", share: 0.3 }, { pick: "block", drop: "dock", share: 0.1 }] },
};
const SHOWN: LayoutShown = { site_id: "lab", size: [20, 12], running: "0".repeat(16), revision: "", saved_at: 0, stale: false, parts: PARTS };
const ONE = { section: "movers", id: "person_1" } as const;

beforeEach(() => useLayout.getState().load("hung", SHOWN));

it("draws a round of a forklift, moves a corner of it alone, and takes all back", () => {
  const s = useLayout.getState;
  s().take("mover");
  s().setMoverKind("forklift");
  for (const at of [[2, 2], [9, 5], [9, 8], [9, 8]] as const) s().put([...at]);
  const chosen = s().chosen!;
  expect(s().history!.now.movers[1]).toEqual({ id: "forklift_1", kind: "forklift", route: [[2, 2], [9, 5], [9, 8]], speed: 1.6, yields: true, pause: 8 });
  expect([chosen, s().pen, exists(s().history!.now, chosen)]).toEqual([{ section: "movers", id: "forklift_1" }, [], true]);
  const moved = withCorner(s().history!.now, { ...chosen, node: 1 }, [10, 5]);
  // What shares the corner keeps it: rounds do not join lanes.
  expect([moved.movers[1]!.route[1], moved.movers[0]!.route[1], moved.lanes[0]!.points[1]]).toEqual([[10, 5], [9, 5], [9, 5]]);
  s().undo();
  expect([s().history!.now, isUnsaved(s())]).toEqual([PARTS, false]);
});

it("adds corners on the way back, too, and leaves a round two", () => {
  const [made, chosen] = withMover(PARTS, [[2, 2], [9, 2], [9, 8]], "person");
  expect(roundOf(made.movers[1]!)).toEqual([[2, 2], [9, 2], [9, 8], [2, 2]]);
  expect(roundOf(PARTS.movers[0]!)).toEqual([[5, 5], [9, 5]]);
  expect(cornersOf(withNewCorner(made, { ...chosen, node: 2 }), chosen)![3]).toEqual([5.5, 5]);
  // There and back is one way: a corner on it lies between the two.
  expect(cornersOf(withNewCorner(PARTS, { ...ONE, node: 1 }), ONE)).toEqual([[5, 5], [7, 5], [9, 5]]);
  expect(withoutCorner(PARTS, { ...ONE, node: 0 })).toBe(PARTS);
  expect(renamed(PARTS, ONE, "anh_Tư").movers[0]!.id).toBe("anh_Tư");
  expect(without(PARTS, ONE).movers).toEqual([]);
});

it("goes with its level", () => {
  const levels: Parts["levels"] = [[0, "ground"], [16, "upper"]].map(([y, id]) => ({ id: String(id), name_vi: "", name_en: "", height: Number(y), origin: [0, Number(y)], size: [20, 12] }));
  const house = { ...PARTS, levels };
  expect([levelOf(house, ONE), onLevel(house, levels[1]!).movers]).toEqual(["ground", []]);
  expect(toLevel(house, ONE, "upper").movers[0]!.route).toEqual([[5, 21], [9, 21]]);
  expect(withLevelAt(house, "ground", [40, 0]).movers[0]!.route).toEqual([[45, 5], [49, 5]]);
  expect([withoutLevel(house, "ground").movers, withoutLevel(house, "upper").movers]).toEqual([[], PARTS.movers]);
});

it("shares the orders of an hour among the ways, and takes changes back", () => {
  expect(ordersOf(PARTS.demand, 20)).toEqual([15, 5]);
  expect(ordersOf(withFlow(PARTS, 1, { share: 0 }).demand, 20)).toEqual([20, 0]);
  expect(ordersOf(withFlow(withFlow(PARTS, 0, { share: 0 }), 1, { share: 0 }).demand, 20)).toEqual([0, 0]);
  const more = withNewFlow(PARTS);
  expect(more.demand.mix.map(flowId)).toEqual(["dock block", "block dock", "dock rack"]);
  expect(withoutFlow(more, 2)).toEqual(PARTS);
  const s = useLayout.getState;
  for (const peak_per_hour of [2, 25, 250]) s().edit(withDemand(s().history!.now, { peak_per_hour }), "demand peak_per_hour"); // typed: one step
  expect([s().history!.now.demand.peak_per_hour, isUnsaved(s())]).toEqual([250, true]);
  s().undo();
  expect(s().history!.now).toEqual(PARTS);
});
