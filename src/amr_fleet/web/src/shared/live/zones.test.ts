import { expect, it } from "vitest";

import type { TempZone } from "../api/types";
import { byCamera, zoneName } from "./zones";

const zone = (facts: Partial<TempZone>) => ({ zone_id: "K-12AB", code: "", text: "", ...facts }) as TempZone;

it("calls a zone by its reason, one of a camera by the camera, and one that says nothing by its number", () => {
  expect(zoneName(zone({ text: "Hàng đổ" }))).toBe("Hàng đổ");
  expect(zoneName(zone({ code: "camera.person_near", text: "C21 crossing_90_north" }))).toBe("Camera C21");
  expect(zoneName(zone({}))).toBe("K-12AB");
  expect([zone({ code: "camera.blind.dark" }), zone({ text: "camera" })].map(byCamera)).toEqual([true, false]);
});
