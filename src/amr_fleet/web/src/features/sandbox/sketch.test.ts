import { expect, test } from "vitest";

import { areaOf, byPick, close, type Draft, draftOf, empty, moved, put, rectangle, remove, undo, within } from "./sketch";

const points = (draft: Draft, ...at: [number, number][]): Draft => at.reduce((d, p) => put(d, p, 1), draft);

test("points become an area once the first one is met again, or by a button", () => {
  const open = points(empty, [0, 0], [10, 0], [10, 5]);
  expect(open.open).toHaveLength(3);
  const closed = { ...open, open: [], areas: [[[0, 0], [10, 0], [10, 5]]] };
  expect(put(open, [0.6, 0.4], 1)).toEqual(closed);
  expect(close(open)).toEqual(closed);
});

test("two points are no area, and a press twice in one place is one point", () => {
  const two = points(empty, [0, 0], [10, 0], [10.1, 0.1]);
  expect(two.open).toEqual([[0, 0], [10, 0]]);
  expect(close(two)).toEqual(two);
  expect(put(two, [0, 0], 1).open, "with two points the first one is no end").toHaveLength(3);
  expect(undo(two).open).toEqual([[0, 0]]);
  expect(undo(empty)).toEqual(empty);
});

test("a drag is a rectangle of the chosen kind, to the decimetre; a small one is a point", () => {
  const found = rectangle({ ...empty, kind: "forbidden" }, [4.04, 3], [1, 1.26], 1);
  expect(found.forbidden).toEqual([[[4, 3], [1, 3], [1, 1.3], [4, 1.3]]]);
  expect(found.areas).toEqual([]);
  expect(rectangle(empty, [4, 3], [4.1, 9], 1).open).toEqual([[4, 3]]);
});

test("corners are moved and polygons taken away without touching others", () => {
  const two = draftOf({ areas: [[[0, 0], [1, 0], [1, 1]], [[5, 5], [6, 5], [6, 6]]], forbidden: [[[0, 0], [0, 1], [1, 1]]] });
  const changed = moved(two, "areas", 1, 2, [7.77, 8]);
  expect(changed.areas).toEqual([two.areas[0], [[5, 5], [6, 5], [7.8, 8]]]);
  expect(changed.forbidden).toBe(two.forbidden);
  expect(remove(changed, "areas", 0).areas).toEqual([[[5, 5], [6, 5], [7.8, 8]]]);
  expect(two.areas[1]![2]).toEqual([6, 6]);
});

test("a point stays on the site, and an area has its size whichever way round it is drawn", () => {
  expect(within([-3, 99], [72, 40])).toEqual([0, 40]);
  expect(areaOf([[0, 0], [4, 0], [4, 3], [0, 3]])).toBe(12);
  expect(areaOf([[0, 3], [4, 3], [4, 0], [0, 0]])).toBe(12);
  expect(areaOf([])).toBe(0);
});

test("ways are told by where they begin", () => {
  const way = (pick_place: string, drop_place: string) => ({ pick_place, drop_place });
  expect(byPick([way("D1", "A1"), way("D2", "A1"), way("D1", "A2")])).toEqual([["D1", ["A1", "A2"]], ["D2", ["A1"]]]);
});
