import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { leave, leaveFirst } from "./leaving";

const kept = new Map<string, string>();
const answers = (body: string, status: number) => {
  const fetched = vi.fn(() => Promise.resolve(new Response(body, { status })));
  vi.stubGlobal("fetch", fetched);
  return fetched;
};

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  });
});
afterEach(async () => {
  answers("{}", 200);
  await leaveFirst();
  vi.unstubAllGlobals();
});

it("is over with what our server says: done, or that there is no session", async () => {
  for (const [body, status] of [
    ["{}", 200],
    ['{"code": "auth.required", "facts": {}}', 401],
  ] as const) {
    const fetched = answers(body, status);
    await leave();
    await leaveFirst();
    expect([fetched.mock.calls.length, kept.size]).toEqual([1, 0]);
  }
});

it("stays to be said where our server did not hear it", async () => {
  for (const status of [408, 429, 502]) {
    answers('{"code": "request.too_many", "facts": {}}', status);
    await expect(leave()).rejects.toMatchObject({ status });
    expect(kept.size).toBe(1);
  }
});

it("does not take the refusal of a portal of the Wi-Fi for our server's", async () => {
  answers("<html>Log in first</html>", 403);
  await expect(leave()).rejects.toMatchObject({ status: 403 });
  expect(kept.size).toBe(1);
  const fetched = answers("{}", 200);
  await leaveFirst();
  expect([fetched.mock.calls.length, kept.size]).toEqual([1, 0]);
});
