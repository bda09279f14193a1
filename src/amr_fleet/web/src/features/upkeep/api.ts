import { api } from "../../shared/api/request";
import type { ClosedWork, NewWork } from "../../shared/api/types";

export type { ClosedWork, NewWork, UpkeepLimits, WorkOrder } from "../../shared/api/types";

const of = (work_id: string) => ({ path: { work_id } });

export const upkeepApi = {
  list: (robot: string) => api.get("/api/v1/work-orders", { query: { robot } }),
  /** key: of the form that sends it; sent again, it is one work order. */
  open: (name: string, body: NewWork, key: string) => api.post("/api/v1/robots/{name}/work-orders", { path: { name }, body, key }),
  change: (work_id: string, body: { owner: string; due_in_s: number | null }) => api.post("/api/v1/work-orders/{work_id}/change", { ...of(work_id), body }),
  close: (work_id: string, body: ClosedWork) => api.post("/api/v1/work-orders/{work_id}/close", { ...of(work_id), body }),
};
