import { afterEach, expect, it, vi } from "vitest";

import { api } from "./request";

afterEach(() => void vi.unstubAllGlobals());
const answers = (body: string, status: number) => vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status })));

it("takes a page that is no JSON for no answer: a portal of the Wi-Fi says 200 to everything", async () => {
  answers("<html>Welcome</html>", 200);
  await expect(api.get("/api/v1/me")).rejects.toMatchObject({ code: "client.unreachable", status: 0 });
  answers("", 200);
  await expect(api.post("/api/v1/logout")).rejects.toMatchObject({ code: "client.unreachable", status: 0 });
});

it("keeps the status of a refusal that says nothing more", async () => {
  answers("<html>Bad gateway</html>", 502);
  await expect(api.get("/api/v1/me")).rejects.toMatchObject({ code: "client.unreachable", status: 502 });
  answers('{"code": "auth.required", "facts": {}}', 401);
  await expect(api.get("/api/v1/me")).rejects.toMatchObject({ code: "auth.required", status: 401 });
});

it("gives what the server says", async () => {
  answers('{"ok": true}', 200);
  expect(await api.post("/api/v1/logout")).toEqual({ ok: true });
});
