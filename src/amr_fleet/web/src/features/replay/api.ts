import { request } from "../../shared/api/request";
import type { Alarm, Facts, Order, RobotStatus, TempZone } from "../../shared/api/types";

/** STATE_FIELDS of amr_fleet/replay/tracks.py. */
export type TrackState = [
  type: string, status: RobotStatus, order: string, loaded: boolean, soc: number, online: boolean, localized: boolean,
  paused: boolean, wait: string, by: string, since: number,
];

/** Format: amr_fleet/replay/tracks.py. */
export interface Chunk {
  t: number[];
  robots: Record<string, { x: number[]; y: number[]; h: number[]; state: [number, TrackState][] }>;
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

const span = (begin: number, end: number): string => `begin=${begin}&end=${end}`;

export const replayApi = {
  replaySpan: () => request<{ begin: number | null; end: number | null }>("GET", "/replay/span"),
  tracks: (begin: number, end: number) => request<{ chunks: Chunk[] }>("GET", `/replay/tracks?${span(begin, end)}`),
  events: (begin: number, end: number) => request<{ events: JournalEvent[] }>("GET", `/replay/events?${span(begin, end)}`),
  past: (t: number) => request<PastState>("GET", `/replay/at?t=${t}`),
  incidentFile: (begin: number, end: number) => `/api/v1/replay/incident.zip?${span(begin, end)}`,
};
