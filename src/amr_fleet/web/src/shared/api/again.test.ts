import { expect, it } from "vitest";

import { askAgain } from "./again";
import { ApiError } from "./request";

const after = (error: Error | null) => askAgain({ state: { error } });

it("asks again while the server is away, and leaves a refusal as it is", () => {
  expect(after(null)).toBe(false);
  expect(after(new ApiError("client.unreachable", {}, 0))).toBeGreaterThan(0);
  expect(after(new ApiError("client.unreachable", {}, 502))).toBeGreaterThan(0);
  expect(after(new Error("no code at all"))).toBeGreaterThan(0);
  for (const status of [401, 403, 404, 422, 500]) expect(after(new ApiError("request.not_found", {}, status))).toBe(false);
});
