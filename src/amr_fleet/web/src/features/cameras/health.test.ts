import { expect, test } from "vitest";

import type { CameraHealth, CameraSpan } from "../../shared/api/types";
import { cells, lines, recall, sharpShare, sum } from "./health";

const HEALTH: CameraHealth = { picture_age: 0.1, sharpness: 0.4, usual: 0.5, brightness: 90, dirty: 0, shift: 0, light: "day", guards: 12, guards_day: 12, detector: "nanodet", setup: 1, setup_since: 0 };

function span(begin: number, facts: Partial<CameraSpan> = {}): CameraSpan {
  return { begin, seconds: 300, seen: 300, brightness: 90, sharpness: 0.4, usual: 0.5, guards: 12, reasons: {}, ...facts };
}

test("how far a camera guards follows light, blindness and what was measured", () => {
  expect(recall(HEALTH, true)).toEqual({ key: "guards.day", metres: 12, day: 12, measured: 8, said: "measured" });
  expect(recall({ ...HEALTH, light: "dim", guards: 4 }, true)).toMatchObject({ key: "guards.dim", metres: 4, day: 12, measured: null, said: "dim_not_measured" });
  expect(recall({ ...HEALTH, guards: 0 }, true).key).toBe("guards.none");
  expect(recall({ ...HEALTH, guards: 0 }, false)).toMatchObject({ key: "guards.blind", day: 12 });
  expect(recall({ ...HEALTH, detector: "motion" }, true).measured).toBeNull();
  expect(recall({ ...HEALTH, detector: "own.onnx" }, true).measured).toBeNull();
});

test("sharpness is a share of the usual, unknown while nothing was learnt", () => {
  expect(sharpShare(HEALTH)).toBeCloseTo(0.8);
  expect(sharpShare({ sharpness: 0.4, usual: null })).toBeNull();
  expect(sharpShare({ sharpness: 0.4, usual: 0 })).toBeNull();
});

test("spans go into cells; means are weighed by the time in which it saw", () => {
  const made = cells([span(0), span(300, { seen: 100, brightness: 30, guards: 4, reasons: { dark: 200 } }), span(1200)], 0, 1800, 3);
  expect(made.map((cell) => [cell.seconds, cell.seen])).toEqual([
    [600, 400],
    [0, 0],
    [300, 300],
  ]);
  expect(made[0]).toMatchObject({ brightness: 75, guards: 4, reasons: { dark: 200 } });
  expect(made[0]?.sharpness).toBeCloseTo(0.8);
  expect(made[1]).toMatchObject({ brightness: null, sharpness: null, guards: null });
});

test("a span that began before the first cell or ends after the last one is in them", () => {
  const made = cells([span(-100), span(1750)], 0, 1800, 3);
  expect(made.map((cell) => cell.seconds)).toEqual([300, 0, 300]);
});

test("a blind span has no brightness and spoils none", () => {
  const made = cells([span(0), span(300, { seen: 0, brightness: null, sharpness: null, usual: null, guards: null, reasons: { silent: 300 } })], 0, 600, 1);
  expect(made[0]).toMatchObject({ seconds: 600, seen: 300, brightness: 90, guards: 12 });
});

test("the sum names the longest reason first", () => {
  expect(sum([span(0, { seen: 250, reasons: { dark: 20, late: 30 } }), span(300, { seen: 290, reasons: { dark: 10 } })])).toEqual({
    seconds: 600,
    seen: 540,
    reasons: [
      { reason: "dark", seconds: 30 },
      { reason: "late", seconds: 30 },
    ],
  });
  expect(sum([])).toEqual({ seconds: 0, seen: 0, reasons: [] });
});

test("lines have gaps where nothing is known, and a single point can be seen", () => {
  expect(lines([0, 50, null, 100, null, 300], 100, 10)).toEqual(["0.5,10.00 1.5,5.00", "3,0.00 4,0.00", "5,0.00 6,0.00"]);
  expect(lines([null, null], 100, 10)).toEqual([]);
});
