import { request, segment } from "../../shared/api/request";
import type { Me } from "../../shared/api/types";

/** at: Unix seconds; what: JSON, shortened; result: "ok" or an error code. */
export interface AuditRow {
  id: number;
  at: number;
  name: string;
  role: Me["role"] | "";
  client: string;
  action: string;
  what: string;
  result: string;
}

export const AUDIT_PAGE = 200;

export const auditApi = {
  audit: (name: string, before: number) =>
    request<{ audit: AuditRow[] }>("GET", `/audit?user=${segment(name)}&before=${before}&limit=${AUDIT_PAGE}`),
};
