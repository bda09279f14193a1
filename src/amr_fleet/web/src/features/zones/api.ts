import { api } from "../../shared/api/request";
import type { NewZone } from "../../shared/api/types";

export type { NewZone } from "../../shared/api/types";

export const zonesApi = {
  /** key: of the form that sends it; sent twice, it is one zone. */
  setZone: (zone: NewZone, key: string) => api.post("/api/v1/zones", { body: zone, key }),
  clearZone: (zone_id: string) => api.post("/api/v1/zones/{zone_id}/clear", { path: { zone_id } }),
};
