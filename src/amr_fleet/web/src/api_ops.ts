import { request } from "./api";
import type { XY } from "./types";
import type { Chunk, Intervention, JournalEvent, PastState, Report, Shift, ShiftNote, TempZone, WhatIfAnswer, ZoneKind } from "./types_ops";

export interface NewZone {
  kind: ZoneKind;
  polygon?: XY[];
  lanes?: string[];
  text: string;
  max_speed?: number;
  minutes?: number;
}

export interface WhatIfQuestion {
  closed_places: string[];
  lost_robots: string[];
  new_lots: { count: number; pick_place: string; drop_place: string }[];
}

const WHAT_IF_MS = 125_000;
const span = (begin: number, end: number): string => `begin=${begin}&end=${end}`;

export const opsApi = {
  ackAlarm: (alarm: string) => request<unknown>("POST", `/alarms/${encodeURIComponent(alarm)}/ack`),
  setZone: (zone: NewZone) => request<TempZone>("POST", "/zones", zone),
  clearZone: (zone: string) => request<unknown>("POST", `/zones/${encodeURIComponent(zone)}/clear`),
  interventions: (begin: number, end: number) => request<{ interventions: Intervention[] }>("GET", `/interventions?${span(begin, end)}`),
  notes: (begin: number, end: number) => request<{ notes: ShiftNote[] }>("GET", `/notes?${span(begin, end)}`),
  addNote: (text: string) => request<ShiftNote>("POST", "/notes", { text }),
  shifts: () => request<{ shifts: Shift[] }>("GET", "/shifts"),
  report: (shift: Shift) => request<Report>("GET", `/report?${span(shift.begin, shift.end)}`),
  reportFile: (shift: Shift, ending: "pdf" | "xlsx", lang: string) => `/api/v1/report.${ending}?${span(shift.begin, shift.end)}&lang=${lang}`,
  replaySpan: () => request<{ begin: number | null; end: number | null }>("GET", "/replay/span"),
  tracks: (begin: number, end: number) => request<{ chunks: Chunk[] }>("GET", `/replay/tracks?${span(begin, end)}`),
  events: (begin: number, end: number) => request<{ events: JournalEvent[] }>("GET", `/replay/events?${span(begin, end)}`),
  past: (t: number) => request<PastState>("GET", `/replay/at?t=${t}`),
  incidentFile: (begin: number, end: number) => `/api/v1/replay/incident.zip?${span(begin, end)}`,
  whatIf: (question: WhatIfQuestion) => request<WhatIfAnswer>("POST", "/what-if", question, WHAT_IF_MS),
};
