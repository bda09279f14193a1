import { api } from "../../shared/api/request";
import type { components } from "../../shared/api/generated/schema";

export type Said = components["schemas"]["Said"];
export type Confirmed = components["schemas"]["Confirmed"];

/** Longer than the server is patient: its own error says more than none. */
const ASK_MS = 40_000;

export const assistantApi = {
  ask: (text: string, model = false) => api.post("/api/v1/assistant/ask", { body: { text, model }, timeoutMs: ASK_MS }),
  choose: (id: number, choice: string) => api.post("/api/v1/assistant/choose", { body: { id, choice }, timeoutMs: ASK_MS }),
  confirm: (proposalId: string) => api.post("/api/v1/assistant/confirm", { body: { proposal_id: proposalId } }),
  effects: (proposalId: string) => api.get("/api/v1/assistant/effects/{proposal_id}", { path: { proposal_id: proposalId } }),
  history: () => api.get("/api/v1/assistant/history"),
  suggestions: () => api.get("/api/v1/assistant/suggestions"),
  proposals: () => api.get("/api/v1/assistant/proposals"),
  wrong: (id: number) => api.post("/api/v1/assistant/wrong", { body: { id } }),
};
