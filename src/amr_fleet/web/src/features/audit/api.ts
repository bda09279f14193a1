import { api } from "../../shared/api/request";

export type { AuditRow } from "../../shared/api/types";

export const AUDIT_PAGE = 200;

export const auditApi = {
  audit: (user: string, before: number) => api.get("/api/v1/audit", { query: { user, before, limit: AUDIT_PAGE } }),
};
