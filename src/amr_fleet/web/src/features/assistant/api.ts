import { api } from "../../shared/api/request";
import type { components } from "../../shared/api/generated/schema";

export type Said = components["schemas"]["Said"];
export type Confirmed = components["schemas"]["Confirmed"];

export const assistantApi = {
  ask: (text: string) => api.post("/api/v1/assistant/ask", { body: { text } }),
  confirm: (proposalId: string) => api.post("/api/v1/assistant/confirm", { body: { proposal_id: proposalId } }),
};
