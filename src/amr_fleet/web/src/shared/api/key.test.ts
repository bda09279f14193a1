import { expect, it } from "vitest";

import { Keys } from "./key";

it("sends the same words under one key until they arrived, and other words under another", () => {
  const keys = new Keys();
  const first = keys.of("a");
  expect(keys.of("a")).toBe(first);
  const other = keys.of("b");
  expect(other).not.toBe(first);
  keys.done();
  expect(keys.of("b")).not.toBe(other);
});
