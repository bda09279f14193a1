import { api } from "../../shared/api/request";
import type { components } from "../../shared/api/generated/schema";

export type ErrandKind = components["schemas"]["ErrandKind"];
export type RobotErrand = components["schemas"]["RobotErrand"];

export const computerApi = {
  list: () => api.get("/api/v1/enrolments"),
  offer: (robot: string) => api.post("/api/v1/enrolments/{robot}", { path: { robot } }),
  errands: (name: string) => api.get("/api/v1/robots/{name}/errands", { path: { name } }),
  ask: (name: string, kind: ErrandKind) => api.post("/api/v1/robots/{name}/errands/{kind}", { path: { name, kind } }),
  revoke: (robot: string) => api.post("/api/v1/enrolments/{robot}/revoke", { path: { robot } }),
};
