import { request, segment } from "../../shared/api/request";
import type { TempZone, XY, ZoneKind } from "../../shared/api/types";

export interface NewZone {
  kind: ZoneKind;
  polygon?: XY[];
  lanes?: string[];
  text: string;
  max_speed?: number;
  minutes?: number;
}

export const zonesApi = {
  setZone: (zone: NewZone) => request<TempZone>("POST", "/zones", zone),
  clearZone: (zone: string) => request<unknown>("POST", `/zones/${segment(zone)}/clear`),
};
