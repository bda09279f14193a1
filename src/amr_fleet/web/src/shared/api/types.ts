/** What several pages read from the API; what one page alone reads stands beside its calls. Metres, radians, seconds of the fleet's clock. */

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

/** A kept order; its times count from when it is sent, in s. */
export interface BookOrder {
  pick_place: string;
  drop_place: string;
  priority: number;
  cutoff: string;
  robot: string;
  held: boolean;
  earliest_in_s: number;
  deadline_in_s: number | null;
  cargo: Cargo | null;
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

/** What a camera sees; box: x0, y0, x1, y1 in px of the picture's size; x, y, radius in m, map frame. */
export interface Seen {
  kind: "person" | "vehicle" | "load";
  score: number;
  box: [number, number, number, number];
  x: number;
  y: number;
  radius: number;
}

/** blind: why it cannot see; "silent" = it says nothing. frame_age: of its blurred picture in s, null = there is none. */
export interface CameraView {
  t: number | null;
  seeing: boolean;
  blind: string;
  size: XY | null;
  detections: Seen[];
  frame_age: number | null;
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

export const CLOSED_STATES: readonly OrderState[] = ["DONE", "CANCELLED", "FAILED"];
