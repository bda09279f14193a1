import type { components } from "../../shared/api/generated/schema";
import { api } from "../../shared/api/request";

export type DeadLetter = components["schemas"]["DeadLetter"];
export type Target = components["schemas"]["WebhookStanding"];

export const webhooksApi = {
  shown: () => api.get("/api/v1/webhooks"),
  resend: (target: string, row?: number) => api.post("/api/v1/webhooks/{target}/resend", { path: { target }, body: row === undefined ? {} : { row } }),
  drop: (target: string, row: number) => api.post("/api/v1/webhooks/{target}/drop", { path: { target }, body: { row } }),
};
