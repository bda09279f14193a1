import { api } from "../../shared/api/request";
import type { Parts } from "./parts";

const CHECK_MS = 25_000;
const TRY_MS = 60_000;

export const layoutApi = {
  get: () => api.get("/api/v1/layout"),
  save: (revision: string, parts: Parts) => api.put("/api/v1/layout", { body: { revision, parts } }),
  drop: (revision: string) => api.delete("/api/v1/layout", { query: { revision } }),
  check: (parts: Parts) => api.post("/api/v1/layout/check", { body: { parts }, timeoutMs: CHECK_MS }),
  try: (parts: Parts) => api.post("/api/v1/layout/try", { body: { parts }, timeoutMs: TRY_MS }),
};

export const SITE_FILE = "/api/v1/layout/site.yaml";
