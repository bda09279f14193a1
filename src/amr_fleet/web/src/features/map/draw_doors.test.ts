import { expect, test } from "vitest";
import { landingOf, leafOf } from "./draw_doors";

test("a door is drawn as it is, and as trouble when nobody knows", () => {
  expect(leafOf({ mode: "OPEN", dead: false })).toBe("open");
  expect(leafOf({ mode: "CLOSED", dead: false })).toBe("closed");
  expect(leafOf({ mode: "OPENING", dead: false })).toBe("moving");
  expect(leafOf({ mode: "CLOSING", dead: false })).toBe("moving");
  for (const mode of ["UNKNOWN", "OFFLINE", "FAULT"] as const) expect(leafOf({ mode, dead: false })).toBe("trouble");
  expect(leafOf({ mode: "OPENING", dead: true })).toBe("trouble");
});

test("a landing door is shut where the cabin is not, and trouble when nobody knows", () => {
  const lift = { level: "upper", door: "OPEN", moving: false, mode: "AGV", dead: false } as const;
  expect(landingOf(lift, "upper")).toBe("open");
  expect(landingOf(lift, "ground")).toBe("closed");
  expect(landingOf({ ...lift, door: "OPENING" }, "upper")).toBe("moving");
  expect(landingOf({ ...lift, moving: true }, "upper")).toBe("closed");
  expect(landingOf({ ...lift, dead: true }, "ground")).toBe("trouble");
  expect(landingOf({ ...lift, mode: "UNKNOWN" }, "ground")).toBe("trouble");
  expect(landingOf(undefined, "ground")).toBe("closed");
});
