import { useQuery } from "@tanstack/react-query";

import type { Order } from "../../shared/api/types";
import { byService } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { ordersApi } from "./api";

/** Open orders as they are served. unseen: how many more wait that nobody has told this page of. */
export interface OpenOrders {
  orders: Order[];
  unseen: number;
}

/** The live picture has the first of a long queue; the rest of it is what was asked for some seconds ago. */
export function withRest(live: readonly Order[], leftOut: number, asked: readonly Order[]): OpenOrders {
  const shown = new Set(live.map((order) => order.order_id));
  const rest = asked.filter((order) => order.state === "QUEUED" && !shown.has(order.order_id));
  const known = leftOut === 0 ? [] : rest;
  return { orders: [...live, ...known].sort(byService), unseen: Math.max(0, leftOut - known.length) };
}

/** All open orders; undefined while none are known. */
export function useOpenOrders(): OpenOrders | undefined {
  const live = useLive((s) => s.panel?.orders);
  const leftOut = useLive((s) => s.panel?.orders_left_out ?? 0);
  const rest = useQuery({ queryKey: ["orders", "rest"], queryFn: () => ordersApi.orders("open", 1000), enabled: leftOut > 0, refetchInterval: 5000 });
  return live === undefined ? undefined : withRest(live, leftOut, rest.data?.orders ?? []);
}

/** How many orders are open, as the header says. */
export function useOpenCount(): number {
  return useLive((s) => (s.panel === null ? 0 : s.panel.orders.length + s.panel.orders_left_out));
}
