import { describe, expect, it } from "vitest";

import { nearest } from "./nearest";

const places = [
  { id: "B1", stations: [{ x: 10, y: 10 }] },
  { id: "B2", stations: [{ x: 20, y: 30 }, { x: 20, y: 10 }] },
];

describe("the place that is told beside a point", () => {
  it("is the nearest one", () => expect(nearest({ x: 16, y: 10 }, places)).toBe("B2"));
  it("is none where nothing is near: a name would send people to the wrong end of the quay", () => expect(nearest({ x: 60, y: 60 }, places)).toBeUndefined());
});
