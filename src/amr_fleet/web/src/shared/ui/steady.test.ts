import { expect, it } from "vitest";

import { lingering, steady } from "./steady";

const name = (one: string): string => one;

it("keeps rows where they stood, and puts what is new behind", () => {
  expect(steady(["c", "a", "b"], name, ["a", "b", "c"])).toEqual(["a", "b", "c"]);
  expect(steady(["n", "m", "c", "a"], name, ["a", "b", "c"])).toEqual(["a", "c", "n", "m"]);
  expect(steady(["c", "a", "b"], name, null)).toEqual(["c", "a", "b"]);
});

it("keeps the rows of what is over as long as rows stand still, and no longer", () => {
  expect(lingering(["b", "n"], name, ["a", "b"], ["a", "b"])).toEqual(["a"]);
  expect(lingering(["b", "n"], name, ["a", "b"], null)).toEqual([]);
  expect(steady(["b", "n", "a"], name, ["a", "b"])).toEqual(["a", "b", "n"]);
});
