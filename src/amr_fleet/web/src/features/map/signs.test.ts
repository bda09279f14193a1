import { expect, it } from "vitest";

import type { Lane, Site } from "../../shared/api/types";
import { arrowsOf, stationNames } from "./signs";

const lane = (two_way: boolean): Lane => ({ id: "L", two_way, points: [[0, 0], [10, 0], [10, 2], [10, 20]] });

it("points one way on a one-way lane, where there is room", () => {
  expect(arrowsOf(lane(false)).map((a) => [a.x, a.y, a.angle])).toEqual([[5, 0, 0], [10, 11, Math.PI / 2]]);
});

it("points both ways on a two-way lane, side by side along it", () => {
  const [there, back, ...rest] = arrowsOf(lane(true));
  expect(rest).toHaveLength(2);
  expect(there!.x).toBeGreaterThan(5);
  expect(back!.x).toBeLessThan(5);
  expect(Math.cos(there!.angle - back!.angle)).toBeCloseTo(-1);
});

it("names every station, charger and parking place from near, and none from afar", () => {
  const at = (id: string) => ({ id, x: 5, y: 5, theta: -Math.PI / 2 });
  const site = { places: [{ stations: [at("D01_1"), at("D01_2")] }], chargers: [at("CH_1")], parking: [at("P_1")] } as unknown as Site;
  expect(stationNames(site, 20).map((n) => n.text)).toEqual(["D01-1", "D01-2", "CH-1", "P-1"]);
  expect(stationNames(site, 20)[0]!.at[1]).toBeGreaterThan(5.9); // behind a robot that looks down
  expect(stationNames(site, 10)).toEqual([]);
});
