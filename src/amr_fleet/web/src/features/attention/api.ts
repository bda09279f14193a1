import { api, asApiError } from "../../shared/api/request";

export type { Intervention, ShiftNote } from "../../shared/api/types";

const during = (begin: number, end: number) => ({ query: { begin, end } });

export const attentionApi = {
  /** instead_of: from whom it is taken over, "" = nobody has taken it. */
  ackAlarm: (alarm_id: string, instead_of = "") => api.post("/api/v1/alarms/{alarm_id}/ack", { path: { alarm_id }, query: { instead_of } }),
  interventions: (begin: number, end: number) => api.get("/api/v1/interventions", during(begin, end)),
  notes: (begin: number, end: number) => api.get("/api/v1/notes", during(begin, end)),
  raiseFire: () => api.post("/api/v1/fire-alarm", { body: { text: "" } }),
  endFire: () => api.post("/api/v1/fire-alarm/end"),
  contactsOff: () => api.post("/api/v1/fire-alarm/contacts-off"),
  /** key: of the form that sends it; sent twice, it is kept once. */
  addNote: (text: string, key: string) => api.post("/api/v1/notes", { body: { text }, key }),
};

/** Take several alarms; one that has ended meanwhile keeps nobody from the others. */
export async function ackAll(ids: readonly string[]): Promise<void> {
  const answers = await Promise.allSettled(ids.map((id) => attentionApi.ackAlarm(id)));
  const failures = answers.flatMap((one) => (one.status === "rejected" ? [asApiError(one.reason)] : []));
  const failure = failures.find((one) => one.code !== "alarm.not_found");
  if (failure !== undefined) throw failure;
}
