import { expect, test } from "vitest";
import type { Site, Snapshot } from "../../shared/api/types";
import { aSnapshot } from "../../shared/testing/samples";
import { COLOUR } from "./colours";
import { drawConveyors, landingOf, leafOf, lyingOn } from "./draw_doors";
import { View } from "./view";

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

test("what lies on a conveyor is what its sensor says, and unknown is not free", () => {
  expect(lyingOn(undefined)).toBe("");
  expect(lyingOn({ belt: "" })).toBe("");
  expect(lyingOn({ belt: "FREE" })).toBe("free");
  expect(lyingOn({ belt: "LOAD" })).toBe("load");
  expect(lyingOn({ belt: "UNKNOWN" })).toBe("unknown");
});

/** What is drawn, by call: colours and widths as they were then. */
function drawn(door: Partial<Snapshot["doors"][number]>): string[] {
  const calls: string[] = [];
  const pen = { lineWidth: 0, strokeStyle: "", fillStyle: "" };
  const context = new Proxy(pen as unknown as CanvasRenderingContext2D, {
    get: (target, name: string): unknown =>
      name in pen ? (Reflect.get(target, name) as unknown) : (...args: unknown[]) => calls.push(`${name} ${pen.strokeStyle} ${pen.fillStyle} ${pen.lineWidth} ${args.join(",")}`),
  });
  const site = { conveyors: [{ id: "C1", station: "S" }, { id: "C2", station: "upstairs" }], places: [{ stations: [{ id: "S", x: 5, y: 5, theta: 0 }] }] } as unknown as Site;
  const view = new View();
  view.setSite([10, 10]);
  const state = { door_id: "C1", mode: "CLOSED", robots: [], others: [], dead: false, belt: "", ...door } satisfies Snapshot["doors"][number];
  drawConveyors(context, view, site, aSnapshot({ doors: [state] }), COLOUR);
  return calls;
}

test("a conveyor is drawn once, as it is, with the load on it, and with its id where something is wrong", () => {
  const count = (calls: string[], name: string, part = ""): number => calls.filter((c) => c.startsWith(name) && c.includes(part)).length;
  const free = drawn({ belt: "FREE" });
  expect([count(free, "strokeRect", COLOUR.wall), count(free, "fillRect"), count(free, "fillText")]).toEqual([1, 1, 0]);
  expect(count(drawn({ belt: "LOAD" }), "fillRect")).toBe(2);
  expect(count(drawn({ mode: "OPEN" }), "strokeRect", " 3 ")).toBe(1);
  expect(count(drawn({ mode: "OPENING" }), "strokeRect", COLOUR.amber)).toBe(1);
  for (const wrong of [{ belt: "UNKNOWN" }, { mode: "OFFLINE" }, { dead: true }] as const) {
    const calls = drawn(wrong);
    expect([count(calls, "strokeRect", COLOUR.red), count(calls, "fillText", "! C1")]).toEqual([1, 1]);
  }
});
