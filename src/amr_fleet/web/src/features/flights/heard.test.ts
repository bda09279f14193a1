import { expect, it } from "vitest";

import { answered } from "./heard";

const at = (t: number) => ({ telemetry: { t } });

it("judges an aircraft's silence by the clock at the time of the answer", () => {
  expect(answered(at(100), 101)).toEqual({ telemetry: { t: 100 }, silence: null });
  expect(answered(at(100), 103).silence).toBeNull();
  expect(answered(at(100), 103.5).silence).toBe(3.5);
});

it("calls nobody silent who is ahead of the clock, or where there is no clock or aircraft yet", () => {
  expect(answered(at(100), 90).silence).toBeNull();
  expect(answered(at(100), null).silence).toBeNull();
  expect(answered({ telemetry: null }, 100).silence).toBeNull();
});
