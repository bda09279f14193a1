import { api } from "../../shared/api/request";

export type { EscalationChannel, EscalationDelivery, EscalationShown } from "../../shared/api/types";

export const escalationApi = {
  shown: () => api.get("/api/v1/escalation"),
  test: (channel: string, person: string) => api.post("/api/v1/escalation/test", { body: { channel, person } }),
};
