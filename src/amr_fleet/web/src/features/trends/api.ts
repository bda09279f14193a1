import { api } from "../../shared/api/request";
import type { TrendStep } from "../../shared/api/types";

export type { RobotTrend, TrendPoint, TrendStep } from "../../shared/api/types";

/** ms: the process that makes reports may need a minute for a long journal. */
const PATIENCE_MS = 65_000;

export const trendsApi = {
  trends: (step: TrendStep, count: number) => api.get("/api/v1/trends", { query: { step, count }, timeoutMs: PATIENCE_MS }),
};
