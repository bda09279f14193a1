import { api } from "../../shared/api/request";

export const computerApi = {
  list: () => api.get("/api/v1/enrolments"),
  offer: (robot: string) => api.post("/api/v1/enrolments/{robot}", { path: { robot } }),
  revoke: (robot: string) => api.post("/api/v1/enrolments/{robot}/revoke", { path: { robot } }),
};
