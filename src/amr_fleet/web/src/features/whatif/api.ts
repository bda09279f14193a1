import { api } from "../../shared/api/request";
import type { WhatIfQuestion } from "../../shared/api/types";

export type { Outcome, OutcomeOrder, WhatIfAnswer, WhatIfQuestion } from "../../shared/api/types";

/** The fleet answers within 5 s; the way to it may be slow. */
const WHAT_IF_MS = 15_000;

export const whatIfApi = {
  whatIf: (question: WhatIfQuestion) => api.post("/api/v1/what-if", { body: question, timeoutMs: WHAT_IF_MS }),
};
