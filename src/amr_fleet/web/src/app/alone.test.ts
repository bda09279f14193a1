import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ApiError } from "../shared/api/request";
import type { Me } from "../shared/api/types";
import { isWorkers } from "./alone";

const kept = (worker: string | null): void => void vi.stubGlobal("localStorage", { getItem: () => worker });
const answered = (status: number, code: string): ApiError => new ApiError(code, {}, status);

beforeEach(() => kept("tam"));
afterEach(() => void vi.unstubAllGlobals());

it.each([
  [0, "client.unreachable"],
  [502, "client.unreachable"],
  [503, "store.failed"],
  [503, "store.in_use"],
  [429, "request.too_many"],
])("leaves a worker's phone the page on %d %s: what is being written there stays", (status, code) => {
  for (const alone of [false, true]) expect(isWorkers(undefined, answered(status, code), true, alone)).toBe(true);
  expect(isWorkers(undefined, null, true, true)).toBe(true); // asked again
  kept(null);
  expect(isWorkers(undefined, answered(status, code), true, false)).toBe(false);
});

it("asks for the PIN before the page is opened, and over it when it is open", () => {
  const ended = answered(401, "auth.required");
  expect([isWorkers(undefined, ended, true, false), isWorkers(undefined, ended, true, true)]).toEqual([false, true]);
});

it("takes the page from who may not have it", () => {
  expect(isWorkers(undefined, answered(403, "auth.forbidden"), true, true)).toBe(false);
  expect(isWorkers({ role: "operator" } as Me, null, false, true)).toBe(false);
  expect(isWorkers(undefined, null, false, false)).toBe(false); // nothing is known yet
});
