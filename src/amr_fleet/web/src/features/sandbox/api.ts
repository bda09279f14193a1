import { api } from "../../shared/api/request";
import type { Trial, TrialSketch, TrialState } from "../../shared/api/types";
import type { Incident, TrialRecord } from "./record";

export type { CardVerdict, Trial, TrialBreach, TrialNow, TrialReview, TrialSimulation, TrialState } from "../../shared/api/types";

export type Json = Record<string, unknown>;

export const recordOf = (trial: Trial): TrialRecord => trial.record as unknown as TrialRecord;
export const incidentsOf = (trial: Trial): Incident[] => trial.incidents as unknown as Incident[];

export const sandboxApi = {
  trials: () => api.get("/api/v1/sandbox"),
  check: (record: Json) => api.post("/api/v1/sandbox/check", { body: { record } }),
  simulate: (sketch: TrialSketch) => api.post("/api/v1/sandbox/simulate", { body: sketch }),
  save: (record: Json) => api.post("/api/v1/sandbox", { body: { record } }),
  move: (trial_id: string, to: TrialState, reason: string, hard: boolean) =>
    api.post("/api/v1/sandbox/{trial_id}/move", { path: { trial_id }, body: { to, reason, hard } }),
};
