import { describe, expect, it } from "vitest";

import { vi } from "./catalogue";
import { ROBOT_TYPES, typeName } from "./robot_types";
import type { Key } from "./texts";

const t = (key: Key) => vi[key];

describe("robot types", () => {
  it("are called as the texts have them, each of the product's", () => {
    expect(ROBOT_TYPES).toContain("fork_robot");
    for (const type of ROBOT_TYPES) expect(typeName(type, t)).toBe(vi[`robot_type.${type}` as Key]);
  });

  it("of a site keep their own name", () => {
    expect(typeName("tugger_7", t)).toBe("tugger_7");
  });
});
