import { expect, it } from "vitest";

import { steady } from "./steady";

it("keeps rows where they stood, and puts what is new behind", () => {
  const name = (one: string): string => one;
  expect(steady(["c", "a", "b"], name, ["a", "b", "c"])).toEqual(["a", "b", "c"]);
  expect(steady(["n", "m", "c", "a"], name, ["a", "b", "c"])).toEqual(["a", "c", "n", "m"]);
  expect(steady(["c", "a", "b"], name, null)).toEqual(["c", "a", "b"]);
});
