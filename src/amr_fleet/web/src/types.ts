import type { CameraView } from "./types_cameras";
import type { Alarm, TempZone, Waits } from "./types_ops";

/** What the API sends; the server's docs/contracts.md is the truth. Metres, radians, seconds of the fleet's clock. */

export type Fact = string | number | boolean | null;
export type Facts = Record<string, Fact>;
export type XY = [number, number];

export interface Reason {
  code: string;
  facts: Facts;
  since: number;
}

export type OrderState =
  | "QUEUED"
  | "ASSIGNED"
  | "TO_PICK"
  | "PICKING"
  | "TO_DROP"
  | "DROPPING"
  | "DONE"
  | "CANCELLED"
  | "FAILED";

export interface Order {
  order_id: string;
  reference: string;
  load_id: string;
  pick_place: string;
  drop_place: string;
  priority: number;
  deadline: number;
  state: OrderState;
  robot: string;
  created: number;
  assigned: number;
  picked: number;
  finished: number;
  reason: Reason | null;
  held: boolean;
  wanted_robot: string;
  cancelling: boolean;
  cutoff: string;
  earliest: number;
  cargo: Cargo | null;
  /** Expected delivery, usually between eta_early and eta_late; 0 = not known. */
  eta?: number;
  eta_early?: number;
  eta_late?: number;
  late?: Reason | null;
}

export type CargoKind = "pallet" | "lot" | "container" | "";

/** What a load is; customs_hold: it may not be moved. */
export interface Cargo {
  kind: CargoKind;
  lot: string;
  container: string;
  customer: string;
  customs_hold: boolean;
}

/** What becomes of one row of a list; rows count from 1. */
export interface RowVerdict {
  row: number;
  verdict: "created" | "known" | "refused";
  order_id: string;
  error: { code: string; facts: Facts } | null;
}

export interface ImportAnswer {
  dry_run: boolean;
  created: number;
  known: number;
  refused: number;
  rows: RowVerdict[];
}

export interface HistoryEntry {
  t: number;
  event: string;
  facts: Facts;
}

export interface OrderDetail extends Order {
  history: HistoryEntry[];
}

export type RobotStatus = "OFFLINE" | "ERROR" | "PAUSED" | "CHARGING" | "BUSY" | "PARKING" | "IDLE";

export interface Robot {
  name: string;
  type: string;
  status: RobotStatus;
  order_id: string;
  x: number | null;
  y: number | null;
  theta: number | null;
  v: number | null;
  soc: number | null;
  charging: boolean;
  loaded: boolean;
  paused: boolean;
  online: boolean;
  localized: boolean;
  node: string;
  path: XY[];
  base: XY[];
  waiting: Reason | null;
  errors: { code: string; facts: Facts; level: string }[];
  integration: Integration;
  /** "" = none, RELEASE = reset, waits for a named person. */
  e_stop: string;
  loads: string[];
}

/** How much of a robot the fleet uses; below respected it holds no space. */
export type Integration = "ignored" | "noticed" | "respected" | "utilised";

export interface Track {
  x: number;
  y: number;
  vx: number;
  vy: number;
  kind: string;
  radius: number;
}

export interface Kpi {
  orders_total: number;
  orders_done: number;
  orders_open: number;
  orders_cancelled?: number;
  orders_failed?: number;
  orders_per_hour: number | null;
  service_p95_s: number | null;
  deadlocks: number;
}

export interface Snapshot {
  type: "snapshot";
  t: number;
  rtf: number | null;
  robots: Robot[];
  orders: Order[];
  tracks: Track[];
  kpi: Kpi;
  alarms: Alarm[];
  waits: Waits;
  zones: TempZone[];
  cameras?: (CameraView & { id: string })[];
  all_paused: boolean;
  fleet_ready: boolean;
}

export interface Station {
  id: string;
  x: number;
  y: number;
  theta: number;
}

export type PlaceKind = "dock" | "block" | "rack" | "crossdock" | "gate";

export interface Place {
  id: string;
  kind: PlaceKind;
  name_vi: string;
  name_en: string;
  stations: Station[];
}

export interface Box {
  id: string;
  kind: "rack" | "stack" | "column" | "machine" | "barrier";
  x: number;
  y: number;
  size_x: number;
  size_y: number;
  theta: number;
}

/** A fixed camera: where it hangs and the point that it looks at. */
export interface Camera {
  id: string;
  x: number;
  y: number;
  looks_at: XY;
}

export interface Site {
  id: string;
  name_vi: string;
  name_en: string;
  size: XY;
  walls: { points: XY[]; thickness: number }[];
  boxes: Box[];
  doors: { id: string; kind: string; x: number; y: number; width: number }[];
  zones: { id: string; kind: string; polygon: XY[] }[];
  places: Place[];
  chargers: Station[];
  parking: Station[];
  cameras: Camera[];
  lanes: { id: string; points: XY[] }[];
  robot_types: Record<string, { front: number; rear: number; half_width: number }>;
}

export interface Me {
  user: string;
  role: "viewer" | "operator" | "engineer" | "admin";
  /** The password was handed over by somebody else; nothing else is allowed before it is changed. */
  must_change: boolean;
}

export interface Account {
  name: string;
  role: Me["role"];
  pin: boolean;
  must_change: boolean;
}

/** at: Unix seconds; what: JSON, shortened; result: "ok" or an error code. */
export interface AuditRow {
  id: number;
  at: number;
  name: string;
  role: Me["role"] | "";
  client: string;
  action: string;
  what: string;
  result: string;
}

export const CLOSED_STATES: readonly OrderState[] = ["DONE", "CANCELLED", "FAILED"];
