import { expect, test } from "vitest";

import type { CameraLook } from "../../shared/api/types";
import { bodyOf, draftOf, lensOf, MOST_AREAS, MOST_POINTS, withArea, withChangedArea, withChangedPoint, withCorner, withoutArea, withoutCorner, withoutPoint, withPoint } from "./draft";

const NEW: CameraLook = { size: [640, 480], age: 0.1, still: true, place: null, points: [], areas: [], version: 0, saved_by: "", can_undo: false, kept_size: null, lens: null, hidden: [], revision: "" };
const KEPT: CameraLook = { ...NEW, place: { x: 1, y: 2, height: 5 }, points: [[10, 20, 3, 4]], areas: [{ id: "gap", action: "slow", max_speed: 0.4, polygon: [[1, 1], [9, 1], [9, 9]] }] };

test("a draft begins with what is kept, and goes back the same way", () => {
  expect(bodyOf(draftOf(KEPT), [640, 480])).toEqual({
    size: [640, 480],
    place: { x: 1, y: 2, height: 5 },
    field_deg: null,
    lens: null,
    revision: null,
    points: [{ u: 10, v: 20, x: 3, y: 4 }],
    areas: [{ id: "gap", action: "slow", max_speed: 0.4, polygon: [[1, 1], [9, 1], [9, 9]] }],
  });
  expect(draftOf(NEW)).toMatchObject({ x: 0, y: 0, height: 6, points: [], areas: [] });
});

test("the lens, and the size of the picture that the points belong to, are kept", () => {
  const lens = { matrix: [[400, 0, 320], [0, 400, 240], [0, 0, 1]], distortion: [0.1, 0, 0, 0, 0], size: [640, 480] as [number, number] };
  const draft = draftOf({ ...KEPT, lens, kept_size: [640, 480], revision: "0123456789abcdef" });
  expect(bodyOf(draft, [1280, 720], "0123456789abcdef")).toMatchObject({ lens, size: [640, 480], revision: "0123456789abcdef" });
  expect(bodyOf({ ...draft, points: [], areas: [] }, [1280, 720]).size).toEqual([1280, 720]);
});

test("points come, change and go; there are not endlessly many", () => {
  let draft = withPoint(draftOf(NEW), 10.04, 20.06);
  expect(draft.points).toEqual([{ u: 10, v: 20.1, x: 0, y: 0 }]);
  draft = withChangedPoint(draft, 0, { x: 7 });
  expect(draft.points[0]?.x).toBe(7);
  expect(withoutPoint(draft, 0).points).toEqual([]);
  for (let k = 0; k < MOST_POINTS + 5; k += 1) draft = withPoint(draft, k, k);
  expect(draft.points).toHaveLength(MOST_POINTS);
});

test("areas have names of their own, and one that is being drawn is not sent", () => {
  let draft = withArea(withArea(draftOf(NEW)));
  expect(draft.areas.map((area) => area.id)).toEqual(["A1", "A2"]);
  draft = withArea(withoutArea(draft, 0));
  expect(draft.areas.map((area) => area.id)).toEqual(["A2", "A1"]);
  draft = withCorner(withCorner(withCorner(draft, 1, 1, 1), 1, 9, 1), 1, 9, 9);
  draft = withCorner(draft, 0, 5, 5);
  expect(bodyOf(draft, [640, 480]).areas).toEqual([{ id: "A1", action: "hold", max_speed: 0.5, polygon: [[1, 1], [9, 1], [9, 9]] }]);
  expect(withoutCorner(draft, 1).areas[1]?.polygon).toHaveLength(2);
  expect(withChangedArea(draft, 1, { action: "slow" }).areas[1]?.action).toBe("slow");
  for (let k = 0; k < MOST_AREAS + 5; k += 1) draft = withArea(draft);
  expect(draft.areas).toHaveLength(MOST_AREAS);
});

test("the width of the view counts only without a lens file", () => {
  const lens = { matrix: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], distortion: [0, 0, 0, 0], size: [640, 480] as [number, number] };
  expect(bodyOf({ ...draftOf(NEW), field: 77 }, [640, 480])).toMatchObject({ field_deg: 77, lens: null });
  expect(bodyOf({ ...draftOf(NEW), field: 77, lens }, [640, 480])).toMatchObject({ field_deg: null, lens });
});

test("a lens file is read, rubbish is none", () => {
  const good = { matrix: [[400, 0, 320], [0, 400, 240], [0, 0, 1]], distortion: [0.1, 0, 0, 0, 0], size: [640, 480], rms_px: 0.2 };
  expect(lensOf(JSON.stringify(good))).toEqual({ matrix: good.matrix, distortion: good.distortion, size: [640, 480] });
  const bad = ["", "{", "[]", "null", "3", JSON.stringify({ ...good, matrix: [[1, 2, 3]] }), JSON.stringify({ ...good, distortion: ["x", 0, 0, 0] }), JSON.stringify({ ...good, size: [640] }), " ".repeat(100_000) + JSON.stringify(good)];
  for (const text of bad) expect(lensOf(text)).toBeNull();
});
