import { request } from "../../shared/api/request";

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

const span = (begin: number, end: number): string => `begin=${begin}&end=${end}`;

export const reportApi = {
  shifts: () => request<{ shifts: Shift[] }>("GET", "/shifts"),
  report: (shift: Shift) => request<Report>("GET", `/report?${span(shift.begin, shift.end)}`),
  reportFile: (shift: Shift, ending: "pdf" | "xlsx", lang: string) => `/api/v1/report.${ending}?${span(shift.begin, shift.end)}&lang=${lang}`,
};
