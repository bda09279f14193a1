import { request, segment } from "../../shared/api/request";
import type { Facts, NewOrder, Order } from "../../shared/api/types";

export interface HistoryEntry {
  t: number;
  event: string;
  facts: Facts;
}

export interface OrderDetail extends Order {
  history: HistoryEntry[];
}

/** after_leg: the robot first ends what it does at a station; now: only while it stands, a load on board stays there. */
export type CancelMode = "after_leg" | "now";

export const ordersApi = {
  orders: (state: "open" | "all") => request<{ orders: Order[] }>("GET", `/orders?state=${state}&limit=200`),
  order: (order: string) => request<OrderDetail>("GET", `/orders/${segment(order)}`),
  createOrder: (order: NewOrder) => request<Order>("POST", "/orders", order),
  cancelOrder: (order: string, mode: CancelMode = "after_leg") => request<Order>("POST", `/orders/${segment(order)}/cancel`, { mode }),
  setPriority: (order: string, priority: number) => request<Order>("POST", `/orders/${segment(order)}/change`, { priority }),
  setHeld: (order: string, held: boolean) => request<Order>("POST", `/orders/${segment(order)}/${held ? "hold" : "release"}`),
  reassign: (order: string, robot: string) => request<Order>("POST", `/orders/${segment(order)}/reassign`, { robot }),
};
