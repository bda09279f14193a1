import { type ComponentType, lazy } from "react";

import type { Key } from "../i18n";
import type { Me } from "../types";
import { MapPage } from "./MapPage";

/**
 * Every page. One with a label stands in the navigation, for users of its role and above, in this order; `phone` ones stay on
 * the phone's bar, the rest goes behind its last button. icon: an SVG path on a 24 x 24 field, drawn with strokes.
 */
export interface Page {
  path: string;
  View: ComponentType;
  role: Me["role"];
  label?: Key;
  icon?: string;
  phone?: boolean;
}

const OrdersPage = lazy(() => import("./orders/OrdersPage"));
const OrderPage = lazy(() => import("./orders/OrderPage"));

export const PAGES: readonly Page[] = [
  { path: "/", View: MapPage, role: "viewer", label: "nav.map", icon: "M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14", phone: true },
  { path: "/orders", View: OrdersPage, role: "viewer", label: "nav.orders", icon: "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8", phone: true },
  { path: "/orders/:id", View: OrderPage, role: "viewer" },
];

const ROLES: readonly Me["role"][] = ["viewer", "operator", "engineer", "admin"];

export function mayUse(needed: Me["role"], role: Me["role"] | undefined): boolean {
  return role !== undefined && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
