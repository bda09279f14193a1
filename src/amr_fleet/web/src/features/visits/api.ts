import { api } from "../../shared/api/request";
import type { NewVisit } from "../../shared/api/types";

export type { ImportedVisits, NewVisit, Visit, VisitDetail, VisitOrder } from "../../shared/api/types";

/** A table as text, a workbook (base64), or bodies of visits. */
export type VisitList = { csv: string } | { xlsx: string } | { rows: Record<string, unknown>[] };

const IMPORT_MS = 30_000;
const of = (visit_id: string) => ({ path: { visit_id } });

export const visitsApi = {
  visits: () => api.get("/api/v1/visits"),
  visit: (visit: string) => api.get("/api/v1/visits/{visit}", { path: { visit } }),
  set: (name: string, body: NewVisit) => api.put("/api/v1/visits/{name}", { path: { name }, body }),
  depart: (visit: string) => api.post("/api/v1/visits/{visit_id}/depart", of(visit)),
  reopen: (visit: string) => api.post("/api/v1/visits/{visit_id}/reopen", of(visit)),
  importVisits: (list: VisitList, dryRun: boolean) => api.post("/api/v1/visits/import", { body: { ...list, dry_run: dryRun }, timeoutMs: IMPORT_MS }),
};
