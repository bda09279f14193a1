import { expect, it } from "vitest";

import { mayUse } from "./roles";

it("lets a higher role do what a lower one may, and nobody anything", () => {
  expect([mayUse("operator", "admin"), mayUse("operator", "operator"), mayUse("operator", "viewer")]).toEqual([true, true, false]);
  expect(mayUse("viewer", undefined)).toBe(false);
});
