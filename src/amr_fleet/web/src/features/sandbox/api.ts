import { api } from "../../shared/api/request";
import type { Trial, TrialState } from "../../shared/api/types";
import type { Incident, TrialRecord } from "./record";

export type { CardVerdict, Trial, TrialBreach, TrialNow, TrialReview, TrialState } from "../../shared/api/types";

export const recordOf = (trial: Trial): TrialRecord => trial.record as unknown as TrialRecord;
export const incidentsOf = (trial: Trial): Incident[] => trial.incidents as unknown as Incident[];

export const sandboxApi = {
  trials: () => api.get("/api/v1/sandbox"),
  check: (record: Record<string, unknown>) => api.post("/api/v1/sandbox/check", { body: { record } }),
  save: (record: Record<string, unknown>) => api.post("/api/v1/sandbox", { body: { record } }),
  move: (trial_id: string, to: TrialState, reason: string, hard: boolean) =>
    api.post("/api/v1/sandbox/{trial_id}/move", { path: { trial_id }, body: { to, reason, hard } }),
};
