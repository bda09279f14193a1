import { request, segment } from "../../shared/api/request";

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

const span = (begin: number, end: number): string => `begin=${begin}&end=${end}`;

export const attentionApi = {
  ackAlarm: (alarm: string) => request<unknown>("POST", `/alarms/${segment(alarm)}/ack`),
  interventions: (begin: number, end: number) => request<{ interventions: Intervention[] }>("GET", `/interventions?${span(begin, end)}`),
  notes: (begin: number, end: number) => request<{ notes: ShiftNote[] }>("GET", `/notes?${span(begin, end)}`),
  addNote: (text: string) => request<ShiftNote>("POST", "/notes", { text }),
};
