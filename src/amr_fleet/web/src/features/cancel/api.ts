import { api } from "../../shared/api/request";

const robot = (name: string) => ({ path: { name } });

export const cancelApi = {
  order: (order_id: string) => api.get("/api/v1/orders/{order_id}", { path: { order_id } }),
  pause: (name: string) => api.post("/api/v1/robots/{name}/pause", robot(name)),
  resume: (name: string) => api.post("/api/v1/robots/{name}/resume", robot(name)),
  /** The order is taken off a standing robot; its load stays on board, and the robot stays where it is. */
  cancel: (order_id: string) => api.post("/api/v1/orders/{order_id}/cancel", { path: { order_id }, body: { mode: "now" } }),
  note: (text: string) => api.post("/api/v1/notes", { body: { text } }),
};
