import { api } from "../../shared/api/request";
import type { NewZone } from "../../shared/api/types";

export type { NewZone } from "../../shared/api/types";

export const zonesApi = {
  setZone: (zone: NewZone) => api.post("/api/v1/zones", { body: zone }),
  clearZone: (zone_id: string) => api.post("/api/v1/zones/{zone_id}/clear", { path: { zone_id } }),
};
