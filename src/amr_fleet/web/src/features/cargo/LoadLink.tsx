import { Link } from "wouter";

import type { Order } from "../../shared/api/types";

/** The load of an order. One without a number of its own is called by its order and has no page. */
export function LoadLink({ order }: { order: Pick<Order, "load_id" | "order_id"> }) {
  return order.load_id === order.order_id ? <>{order.load_id}</> : <Link href={`/cargo/${encodeURIComponent(order.load_id)}`}>{order.load_id}</Link>;
}
