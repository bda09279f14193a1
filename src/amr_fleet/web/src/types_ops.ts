import type { Facts, Order, Reason, XY } from "./types";

/** What the shift leader's routes send; docs/contracts.md is the truth. */

export interface Alarm {
  alarm_id: string;
  reason: Reason;
  robot: string;
  order_id: string;
  acked_by: string;
  acked_at: number;
}

export type ZoneKind = "closed" | "hold" | "slow";

export interface TempZone {
  zone_id: string;
  kind: ZoneKind;
  code: string;
  text: string;
  user: string;
  max_speed: number;
  until: number;
  since: number;
  polygon: XY[];
  elements: string[];
}

export interface Waits {
  longest_s: number;
  longest: string;
  cycles: string[][];
  /** Who waits for whom: the wait-for graph of the fleet. */
  edges?: [string, string][];
}

/** One alarm from its beginning to its end; 0 = not yet. */
export interface Intervention {
  alarm_id: string;
  code: string;
  robot: string;
  order_id: string;
  raised: number;
  acked_by: string;
  acked_at: number;
  cleared: number;
}

/** What one shift leaves to the next. */
export interface ShiftNote {
  t: number;
  user: string;
  text: string;
}

export interface Shift {
  begin: number;
  end: number;
  shift: number;
}

export interface Spread {
  n: number;
  mean: number | null;
  ci95: number | null;
  p50: number | null;
  p95: number | null;
  longest: number | null;
}

/** off in m, turn in degrees, links and camera_zones in s. */
export interface Technical {
  protective_stops: number;
  emergency_stops: number;
  halts: number;
  off: Spread;
  turn: Spread;
  links: Spread;
  state_age_p99: number | null;
  camera_zones: Spread;
  labels_read: number;
  wrong_loads: number;
}

export interface Report {
  site: string;
  period: Shift;
  covered: Shift;
  digest: string;
  created: number;
  done: number;
  cancelled: number;
  failed: number;
  open_at_end: number;
  service: Spread;
  with_deadline: number;
  on_time: number;
  interventions: number;
  deadlocks: number;
  per_hour: number | null;
  wait_share: number | null;
  availability: number | null;
  wh_per_order: number | null;
  technical: Technical;
  waits: Record<string, number>;
  flows: { pick_kind: string; drop_kind: string; created: number; done: number; service: Spread }[];
  hours: { begin: number; created: number; done: number }[];
  robots: { robot: string; done: number; metres: number; seconds: Record<string, number>; total: number; availability: number | null; soc_min: number | null }[];
}

/** Format: amr_fleet/replay/tracks.py. */
export interface Chunk {
  t: number[];
  robots: Record<string, { x: number[]; y: number[]; h: number[]; state: [number, unknown[]][] }>;
  seen: [number, number, number][][];
}

export interface JournalEvent {
  t: number;
  kind: string;
  order_id: string;
  robot: string;
  facts: Facts;
}

export interface PastState {
  t: number;
  orders: Order[];
  zones: TempZone[];
  alarms: Alarm[];
}

export interface OutcomeOrder {
  order_id: string;
  pick_place: string;
  drop_place: string;
  deadline: number;
  finish: number;
  late: boolean;
  stuck: string;
  is_new: boolean;
}

export interface Outcome {
  orders: OutcomeOrder[];
  robots: number;
  left_out: string[];
  finish: number;
  late: number;
  stuck: number;
  simulated_s: number;
  cpu_s: number;
}

export interface WhatIfAnswer {
  now: number;
  before: Outcome;
  after: Outcome;
}
