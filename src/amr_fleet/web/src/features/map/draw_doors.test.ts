import { expect, test } from "vitest";
import type { Site, Snapshot } from "../../shared/api/types";
import { aSnapshot } from "../../shared/testing/samples";
import { COLOUR } from "./colours";
import { drawAirLocks, drawConveyors, holderOf, landingOf, leafOf, lyingOn } from "./draw_doors";
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
function recorder(): [CanvasRenderingContext2D, string[]] {
  const calls: string[] = [];
  const pen = { lineWidth: 0, strokeStyle: "", fillStyle: "" };
  const context = new Proxy(pen as unknown as CanvasRenderingContext2D, {
    get: (target, name: string): unknown =>
      name in pen ? (Reflect.get(target, name) as unknown) : (...args: unknown[]) => calls.push(`${name} ${pen.strokeStyle} ${pen.fillStyle} ${pen.lineWidth} ${args.join(",")}`),
  });
  return [context, calls];
}

function drawn(door: Partial<Snapshot["doors"][number]>): string[] {
  const [context, calls] = recorder();
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

type Door = Snapshot["doors"][number];
const door = (door_id: string, more: Partial<Door> = {}): Door => ({ door_id, mode: "CLOSED", robots: [], others: [], dead: false, belt: "", ...more });

test("the door of an air-lock that moves, or that a robot has, keeps the other one shut", () => {
  const holder = (...states: Door[]): string => holderOf(["W", "E"], new Map(states.map((d) => [d.door_id, d])));
  expect(holder()).toBe("");
  expect(holder(door("W"), door("E"))).toBe("");
  expect(holder(door("W"), door("E", { mode: "OPENING" }))).toBe("E");
  expect(holder(door("W", { robots: ["r"] }), door("E", { mode: "OPEN" }))).toBe("E");
  expect(holder(door("W", { robots: ["r"] }), door("E"))).toBe("W");
  expect(holder(door("W", { mode: "UNKNOWN" }), door("E"))).toBe("W");
});

test("an air-lock is drawn between its doors, with a cross on the one that has to stay shut", () => {
  const lines = (theta: number, ...states: Door[]): [string[], string[]] => {
    const [context, calls] = recorder();
    const leaf = { y: 5, width: 2, kind: "roller", lanes: ["l"], theta: 0 };
    const site = { air_locks: [{ id: "L", doors: ["W", "E"] }, { id: "M", doors: ["W", "upstairs"] }], doors: [{ id: "W", x: 3, ...leaf }, { id: "E", x: 7, ...leaf, theta }] } as unknown as Site;
    const view = new View();
    view.setSite([10, 10]);
    drawAirLocks(context, view, site, aSnapshot({ doors: states }), COLOUR);
    const of = (colour: string): string[] => calls.filter((c) => /^(move|line)To/.test(c) && c.includes(` ${colour} `)).map((c) => c.split(" ").at(-1) as string);
    return [of(COLOUR.wall), of(COLOUR.red)];
  };
  const [walls, crosses] = lines(0, door("W"), door("E", { mode: "OPEN" }));
  expect([walls.length, crosses.length]).toEqual([4, 4]);
  const level = walls.map((at) => at.split(",")[1]);
  expect([level[0], level[2]]).toEqual([level[1], level[3]]); // two level lines, not a cross of them
  expect(lines(Math.PI, door("W"), door("E"))[0].map((at) => Number(at.split(",")[1]).toFixed(6)).sort()).toEqual(walls.map((at) => Number(at.split(",")[1]).toFixed(6)).sort());
  expect(lines(0, door("W"), door("E"))[1]).toEqual([]);
});
