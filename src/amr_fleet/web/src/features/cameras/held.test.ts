import { expect, test } from "vitest";

import type { TempZone } from "../../shared/api/types";
import { areaOf, heldBy } from "./held";

function zone(zone_id: string, since: number): TempZone {
  return { zone_id, since, text: "C1 X-01" } as TempZone;
}

test("a camera's zones are its own, oldest first, and no other camera's whose name begins alike", () => {
  const zones = [zone("camera:C1:b", 5), zone("K-1", 1), zone("camera:C10:a", 2), zone("camera:C1:a", 3)];
  expect(heldBy("C1", zones).map((one) => one.zone_id)).toEqual(["camera:C1:a", "camera:C1:b"]);
  expect(heldBy("C2", zones)).toEqual([]);
});

test("the area is what follows the camera's name", () => {
  expect(areaOf({ text: "C1 X-01" })).toBe("X-01");
  expect(areaOf({ text: "C1 dock 4" })).toBe("dock 4");
  expect(areaOf({ text: "C1" })).toBe("");
});
