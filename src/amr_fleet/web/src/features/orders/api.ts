import { api } from "../../shared/api/request";
import type { CancelMode, NewOrder } from "../../shared/api/types";

export type { CancelMode, HistoryEntry, OrderDetail } from "../../shared/api/types";

const of = (order_id: string) => ({ path: { order_id } });

export const ordersApi = {
  orders: (state: "open" | "all", limit = 200) => api.get("/api/v1/orders", { query: { state, limit } }),
  order: (order: string) => api.get("/api/v1/orders/{order_id}", of(order)),
  createOrder: (body: NewOrder) => api.post("/api/v1/orders", { body }),
  /** after_leg: the robot first ends what it does at a station; now: only while it stands, a load on board stays there. */
  cancelOrder: (order: string, mode: CancelMode = "after_leg") => api.post("/api/v1/orders/{order_id}/cancel", { ...of(order), body: { mode } }),
  setPriority: (order: string, priority: number) => api.post("/api/v1/orders/{order_id}/change", { ...of(order), body: { priority } }),
  /** instead_of: who put it on hold, when that was another person. */
  setHeld: (order: string, held: boolean, said: { text?: string; instead_of?: string; seen?: number } = {}) =>
    api.post(held ? "/api/v1/orders/{order_id}/hold" : "/api/v1/orders/{order_id}/release", { ...of(order), body: said }),
  reassign: (order: string, robot: string) => api.post("/api/v1/orders/{order_id}/reassign", { ...of(order), body: { robot } }),
};
