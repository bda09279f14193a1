import { expect, test } from "vitest";
import { leafOf } from "./draw_doors";

test("a door is drawn as it is, and as trouble when nobody knows", () => {
  expect(leafOf({ mode: "OPEN", dead: false })).toBe("open");
  expect(leafOf({ mode: "CLOSED", dead: false })).toBe("closed");
  expect(leafOf({ mode: "OPENING", dead: false })).toBe("moving");
  expect(leafOf({ mode: "CLOSING", dead: false })).toBe("moving");
  for (const mode of ["UNKNOWN", "OFFLINE", "FAULT"] as const) expect(leafOf({ mode, dead: false })).toBe("trouble");
  expect(leafOf({ mode: "OPENING", dead: true })).toBe("trouble");
});
