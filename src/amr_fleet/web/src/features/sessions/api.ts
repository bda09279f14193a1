import { api } from "../../shared/api/request";

export type { SessionRow } from "../../shared/api/types";

export const sessionsApi = {
  enrol: (name: string) => api.post("/api/v1/devices", { body: { name } }),
  sessions: () => api.get("/api/v1/sessions"),
  end: (session_id: string) => api.delete("/api/v1/sessions/{session_id}", { path: { session_id } }),
};
