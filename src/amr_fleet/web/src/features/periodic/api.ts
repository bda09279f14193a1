import { address, api } from "../../shared/api/request";
import type { KpiRow, NewObstacle, PeriodKind } from "../../shared/api/types";

export type { KpiRow, NewObstacle, ObstacleLine, PeriodicDraft, PeriodKind, PeriodLine } from "../../shared/api/types";

const of = (period: string) => ({ path: { period } });

export type Step = "submit" | "return" | "sign" | "reopen";

type Sent = ReturnType<typeof of> & { body: { text: string } };

const STEPS = {
  submit: (sent: Sent) => api.post("/api/v1/periodic/{period}/submit", sent),
  return: (sent: Sent) => api.post("/api/v1/periodic/{period}/return", sent),
  sign: (sent: Sent) => api.post("/api/v1/periodic/{period}/sign", sent),
  reopen: (sent: Sent) => api.post("/api/v1/periodic/{period}/reopen", sent),
};

/** A year's journal takes the server its time. */
const PATIENT_MS = 60_000;

export const periodicApi = {
  periods: (kind: PeriodKind) => api.get("/api/v1/periodic", { query: { kind }, timeoutMs: PATIENT_MS }),
  draft: (period: string) => api.get("/api/v1/periodic/{period}", { ...of(period), timeoutMs: PATIENT_MS }),
  setText: (period: string, field: string, text: string) => api.put("/api/v1/periodic/{period}/texts", { ...of(period), body: { field, text } }),
  setPlan: (period: string, kpi: KpiRow["key"], target: number | null) => api.put("/api/v1/periodic/{period}/plan", { ...of(period), body: { kpi, target } }),
  remark: (period: string, text: string) => api.post("/api/v1/periodic/{period}/remarks", { ...of(period), body: { text } }),
  move: (period: string, step: Step, text: string) => STEPS[step]({ ...of(period), body: { text } }),
  file: (period: string) => api.post("/api/v1/periodic/{period}/file", { ...of(period), timeoutMs: PATIENT_MS }),
  fileUrl: (period: string, format: "pdf" | "docx" | "json", edition = 0) => address("/api/v1/periodic/{period}/file", { ...of(period), query: { format, edition } }),
  obstacles: () => api.get("/api/v1/obstacles"),
  addObstacle: (body: NewObstacle) => api.post("/api/v1/obstacles", { body }),
  changeObstacle: (obstacle_id: string, body: NewObstacle) => api.put("/api/v1/obstacles/{obstacle_id}", { path: { obstacle_id }, body }),
  answerObstacle: (obstacle_id: string, document: string, date: string) => api.post("/api/v1/obstacles/{obstacle_id}/answers", { path: { obstacle_id }, body: { document, date, text: "" } }),
};
