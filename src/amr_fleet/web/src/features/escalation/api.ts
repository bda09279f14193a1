import { api } from "../../shared/api/request";
import type { NewPush } from "../../shared/api/types";

export type { AlarmBrowser, EscalationChannel, EscalationDelivery, EscalationShown, PushShown } from "../../shared/api/types";

export const escalationApi = {
  shown: () => api.get("/api/v1/escalation"),
  test: (channel: string, person: string) => api.post("/api/v1/escalation/test", { body: { channel, person } }),
  push: () => api.get("/api/v1/escalation/push"),
  pushOn: (body: NewPush) => api.post("/api/v1/escalation/push", { body }),
  pushOff: (device: string) => api.delete("/api/v1/escalation/push/{device}", { path: { device } }),
  pushTest: (device: string) => api.post("/api/v1/escalation/push/{device}/test", { path: { device } }),
};
