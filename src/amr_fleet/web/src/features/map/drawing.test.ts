import { beforeEach, expect, it } from "vitest";

import type { Site } from "../../shared/api/types";
import { laneAt, useDrawing } from "./drawing";

beforeEach(() => useDrawing.getState().clear());

it("keeps a rectangle to the decimetre, whichever corner came first", () => {
  useDrawing.getState().start("zone");
  useDrawing.getState().finish([5.04, 9], [1, 2.06]);
  expect([useDrawing.getState().area, useDrawing.getState().active]).toEqual([[[1, 2.1], [5, 2.1], [5, 9], [1, 9]], null]);
});

it("goes on drawing after a press that was too small to be meant", () => {
  useDrawing.getState().start("zone");
  useDrawing.getState().finish([1, 1], [1.2, 5]);
  expect([useDrawing.getState().area, useDrawing.getState().active]).toEqual([null, "zone"]);
});

it("takes a lane and leaves it again", () => {
  for (const lane of ["a", "b", "a"]) useDrawing.getState().toggleLane(lane);
  expect(useDrawing.getState().lanes).toEqual(["b"]);
});

it("finds the nearest lane within reach, along the whole of it", () => {
  const site = { lanes: [{ id: "a", points: [[0, 0], [10, 0]] }, { id: "b", points: [[0, 1], [10, 1]] }, { id: "dot", points: [[50, 50], [50, 50]] }] } as unknown as Site;
  expect([laneAt(site, [5, 0.3], 1), laneAt(site, [5, 0.8], 1), laneAt(site, [5, 9], 1), laneAt(site, [50, 50.5], 1)]).toEqual(["a", "b", null, "dot"]);
});
