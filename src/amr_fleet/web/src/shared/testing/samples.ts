import type { Order, Robot, Snapshot } from "../api/types";

/** Views as the API sends them, for unit tests: all is well unless a test says otherwise. */

export function aRobot(change: Partial<Robot> = {}): Robot {
  return {
    name: "amr_01", type: "lift_amr", status: "IDLE", order_id: "", x: 0, y: 0, theta: 0, v: 0, soc: 0.8, charging: false,
    loaded: false, paused: false, online: true, localized: true, node: "", path: [], base: [], waiting: null, errors: [],
    integration: "utilised", e_stop: "", loads: [], root: null, waits_since: 0, site_version: "", pauses: [], ...change,
  };
}

export function anOrder(change: Partial<Order> = {}): Order {
  const usual: Partial<Order> = {
    order_id: "T00001", reference: "", load_id: "", pick_place: "A", drop_place: "B", priority: 0, deadline: 0, state: "QUEUED",
    robot: "", created: 0, assigned: 0, picked: 0, finished: 0, reason: null, held: false, wanted_robot: "", cancelling: false,
    cutoff: "", earliest: 0, cargo: null, eta: 0, eta_early: 0, eta_late: 0, late: null, root: null, rank: 0, hold: null, has_load: true,
  };
  return { ...usual, ...change } as Order; // what only some orders are is not said
}

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot", t: 0, rtf: 1, robots: [], orders: [], tracks: [], alarms: [], zones: [], cameras: [], doors: [], lifts: [], fire: null, orders_left_out: 0, all_paused: false, fleet_ready: true, picture_age: 0,
    kpi: { orders_total: 0, orders_done: 0, orders_open: 0, orders_cancelled: 0, orders_failed: 0, orders_per_hour: null, service_p95_s: null, deadlocks: 0 },
    waits: { longest_s: 0, longest: "", cycles: [], edges: [] }, causes: [], ...change,
  };
}
