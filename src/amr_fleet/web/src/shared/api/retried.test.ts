import { expect, it, vi } from "vitest";

import { retried } from "./retried";

it("tries again until it works", async () => {
  const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error("cut")).mockRejectedValueOnce(new Error("cut")).mockResolvedValue("here");
  await expect(retried(work, [0, 0, 0])).resolves.toBe("here");
  expect(work).toHaveBeenCalledTimes(3);
});

it("gives the last refusal when it never works", async () => {
  const work = vi.fn<() => Promise<string>>().mockRejectedValue(new Error("cut"));
  await expect(retried(work, [0, 0])).rejects.toThrow("cut");
  expect(work).toHaveBeenCalledTimes(3);
});
