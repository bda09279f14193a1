import { afterEach, expect, it } from "vitest";

import { COLOUR, DARK, LIGHT, paintIn, type Palette } from "./colours";

/** WCAG 2.2: relative luminance and contrast of two opaque colours. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = parseInt(colour.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** What robots stand on. */
const UNDER = ["floor", "zone", "lane"] as const;
const PALETTES: [string, Palette][] = [["light", LIGHT], ["dark", DARK]];

afterEach(() => paintIn(false));

it("reckons contrast as WCAG does", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

it.each(PALETTES)("shows robots, stations and people at 3:1 or better on whatever they stand on (%s)", (_, palette) => {
  const bodies = ["robot", "robotEdge", "amberEdge", "redEdge", "red", "station", "track", "chosen", "wall"] as const;
  const weak = bodies.flatMap((body) => UNDER.filter((under) => contrast(palette[body], palette[under]) < 3).map((under) => `${body} on ${under}`));
  expect(weak).toEqual([]);
});

it.each(PALETTES)("shows the heading of each robot and a load on it (%s)", (_, palette) => {
  for (const fill of ["robot", "red"] as const) expect(contrast(palette.nose, palette[fill])).toBeGreaterThanOrEqual(3);
  expect(contrast(palette.load, palette.robot)).toBeGreaterThanOrEqual(3);
});

it.each(PALETTES)("writes names and reasons at 4.5:1 or better (%s)", (_, palette) => {
  for (const text of ["text", "placeText", "zoneClosed", "zoneHold", "zoneSlow"] as const) {
    for (const under of ["floor", "outside"] as const) expect([text, under, contrast(palette[text], palette[under]) >= 4.5]).toEqual([text, under, true]);
  }
});

it("draws in the palette of the theme", () => {
  paintIn(true);
  expect(COLOUR).toEqual(DARK);
  paintIn(false);
  expect(COLOUR).toEqual(LIGHT);
});
