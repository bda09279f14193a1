import { expect, it } from "vitest";

import { drawStep, laneStep, mapMove } from "./keys";
import { View } from "./view";

it("moves the window the way the arrow points", () => {
  const view = new View();
  view.setSite([100, 50]);
  view.resize(1000, 700);
  const before = view.toSite(500, 350);
  const right = mapMove("ArrowRight");
  if (right === null || right === "fit" || !("pan" in right)) throw new Error("no pan");
  view.pan(...right.pan);
  expect(view.toSite(500, 350)[0]).toBeGreaterThan(before[0]);
  expect(mapMove("0")).toBe("fit");
  expect(mapMove("+")).toEqual({ zoom: 1.4 });
  expect(mapMove("a")).toBeNull();
});

it("moves the pointer by metres, upwards for the upper arrow, by less while Shift is held", () => {
  expect(drawStep("ArrowUp", false)).toEqual([0, 1]);
  expect(drawStep("ArrowLeft", true)).toEqual([-0.2, 0]);
  expect(drawStep("Enter", false)).toBeNull();
});

it("goes round the lanes both ways", () => {
  expect([laneStep("ArrowRight", 2, 3), laneStep("ArrowUp", 0, 3), laneStep("ArrowDown", 0, 3)]).toEqual([0, 2, 1]);
  expect(laneStep("ArrowDown", 0, 0)).toBeNull();
  expect(laneStep("Tab", 0, 3)).toBeNull();
});
