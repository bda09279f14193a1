import { expect, it, vi } from "vitest";

import { ApiError } from "../../shared/api/request";
import { patiently } from "./patient";

const now = () => Promise.resolve();

it("asks again by itself while the assistant loads, and says so", async () => {
  const ask = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new ApiError("assistant.loading", {}, 503)).mockResolvedValue("3 robot");
  const waits = vi.fn();
  await expect(patiently(ask, waits, now)).resolves.toBe("3 robot");
  expect([ask.mock.calls.length, waits.mock.calls]).toEqual([2, [["assistant.loading"]]]);
});

it("does not ask again what was refused, and gives up some time", async () => {
  const refused = vi.fn().mockRejectedValue(new ApiError("request.invalid", {}, 422));
  await expect(patiently(refused, () => undefined, now)).rejects.toThrow("request.invalid");
  expect(refused).toHaveBeenCalledTimes(1);
  const busy = vi.fn().mockRejectedValue(new ApiError("fleet.no_answer", {}, 503));
  await expect(patiently(busy, () => undefined, now)).rejects.toThrow("fleet.no_answer");
  expect(busy).toHaveBeenCalledTimes(15);
});
