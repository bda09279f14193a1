import { expect, it } from "vitest";

import { View } from "./view";

function view(width = 1000, height = 700): View {
  const made = new View();
  made.setSite([100, 50]);
  made.resize(width, height);
  return made;
}

it("shows the whole site, the right way up", () => {
  const v = view();
  const [left, bottom] = v.toScreen(0, 0);
  const [right, top] = v.toScreen(100, 50);
  expect(left).toBeGreaterThan(0);
  expect(right).toBeLessThan(1000);
  expect(top).toBeGreaterThan(0);
  expect(bottom).toBeLessThan(700);
  expect(top).toBeLessThan(bottom);
});

it("keeps the point under the pointer while it zooms, and has a nearest and a farthest", () => {
  const v = view();
  const before = v.toSite(420, 300);
  v.zoom(1.7, 420, 300);
  const after = v.toSite(420, 300);
  expect(after[0]).toBeCloseTo(before[0]);
  expect(after[1]).toBeCloseTo(before[1]);
  v.zoom(1e9, 0, 0);
  expect(v.scale).toBe(120);
  v.zoom(1e-9, 0, 0);
  expect(v.scale).toBeGreaterThan(1);
});

it("shows a floor of the sheet that does not begin at its corner", () => {
  const v = new View();
  v.setSite([20, 12], [0, 16]);
  v.resize(1000, 700);
  const [left, bottom] = v.toScreen(0, 16);
  const [right, top] = v.toScreen(20, 28);
  expect([left > 0, right < 1000, top > 0, bottom < 700]).toEqual([true, true, true, true]);
  v.pan(1e6, 1e6);
  expect(v.toSite(500, 350)).toEqual([0, 28]);
  v.pan(-1e6, -1e6);
  expect(v.toSite(500, 350)).toEqual([20, 16]);
});

it("fits a new window only until somebody has moved it", () => {
  const v = view();
  const fitted = v.scale;
  v.resize(500, 700);
  expect(v.scale).toBeLessThan(fitted);
  v.pan(10, 0);
  const moved = v.scale;
  v.resize(1000, 700);
  expect(v.scale).toBe(moved);
});
