import type { Cargo, Facts, ImportAnswer, Me, Order, OrderDetail, Site } from "./types";

/** An error of the API: a code with facts; the catalogue has its sentence. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly facts: Facts,
    readonly status: number,
  ) {
    super(code);
  }
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError("client.unreachable", {}, 0);
}

export async function request<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown, timeoutMs = 10_000): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch {
    throw new ApiError("client.unreachable", {}, 0);
  }
  const json: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    const { code = "client.unreachable", facts = {} } = json as { code?: string; facts?: Facts };
    throw new ApiError(code, facts, answer.status);
  }
  return json as T;
}

export interface NewOrder {
  pick_place: string;
  drop_place: string;
  priority: number;
  deadline_in_s?: number;
  earliest_in_s?: number;
  cutoff?: string;
  robot?: string;
  held?: boolean;
  load_id?: string;
  reference?: string;
  cargo?: Cargo;
}

/** after_leg: the robot first ends what it does at a station; now: only while it stands, a load on board stays there. */
export type CancelMode = "after_leg" | "now";

/** A table as text, or order bodies. */
export type OrderList = { csv: string } | { rows: unknown[] };

const IMPORT_MS = 60_000;
const id = encodeURIComponent;

export const api = {
  me: () => request<Me>("GET", "/me"),
  login: (user: string, password: string) => request<Me>("POST", "/login", { user, password }),
  changePassword: (old: string, fresh: string) => request<Me>("POST", "/me/password", { old, new: fresh }),
  logout: () => request<unknown>("POST", "/logout"),
  site: () => request<Site>("GET", "/site"),
  orders: (state: "open" | "all") => request<{ orders: Order[] }>("GET", `/orders?state=${state}&limit=200`),
  order: (order: string) => request<OrderDetail>("GET", `/orders/${id(order)}`),
  createOrder: (order: NewOrder) => request<Order>("POST", "/orders", order),
  cancelOrder: (order: string, mode: CancelMode = "after_leg") => request<Order>("POST", `/orders/${id(order)}/cancel`, { mode }),
  importOrders: (list: OrderList, dryRun: boolean) => request<ImportAnswer>("POST", "/orders/import", { ...list, dry_run: dryRun }, IMPORT_MS),
  setPriority: (order: string, priority: number) => request<Order>("POST", `/orders/${id(order)}/change`, { priority }),
  setHeld: (order: string, held: boolean) => request<Order>("POST", `/orders/${id(order)}/${held ? "hold" : "release"}`),
  reassign: (order: string, robot: string) => request<Order>("POST", `/orders/${id(order)}/reassign`, { robot }),
  setPaused: (robot: string | null, pause: boolean) =>
    request<unknown>("POST", `/robots/${robot === null ? "" : `${id(robot)}/`}${pause ? "pause" : "resume"}`),
};
