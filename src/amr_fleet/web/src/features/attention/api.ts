import { api } from "../../shared/api/request";

export type { Intervention, ShiftNote } from "../../shared/api/types";

const during = (begin: number, end: number) => ({ query: { begin, end } });

export const attentionApi = {
  ackAlarm: (alarm_id: string) => api.post("/api/v1/alarms/{alarm_id}/ack", { path: { alarm_id } }),
  interventions: (begin: number, end: number) => api.get("/api/v1/interventions", during(begin, end)),
  notes: (begin: number, end: number) => api.get("/api/v1/notes", during(begin, end)),
  raiseFire: () => api.post("/api/v1/fire-alarm", { body: { text: "" } }),
  endFire: () => api.post("/api/v1/fire-alarm/end"),
  addNote: (text: string) => api.post("/api/v1/notes", { body: { text } }),
};
