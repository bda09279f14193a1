import { address, api } from "../../shared/api/request";

export type { AlarmSeverity, Chunk, Intervention, JournalEvent, MomentComment, PastState, TimeMarks, TrackState } from "../../shared/api/types";

const during = (begin: number, end: number) => ({ query: { begin, end } });

export const replayApi = {
  replaySpan: () => api.get("/api/v1/replay/span"),
  tracks: (begin: number, end: number) => api.get("/api/v1/replay/tracks", during(begin, end)),
  plan: (plan: string) => api.get("/api/v1/replay/plans/{plan}", { path: { plan } }),
  events: (begin: number, end: number) => api.get("/api/v1/replay/events", during(begin, end)),
  marks: (begin: number, end: number) => api.get("/api/v1/replay/marks", during(begin, end)),
  /** key: of the form that sends it; sent twice, it is kept once. */
  comment: (t: number, text: string, robot: string, key: string) => api.post("/api/v1/replay/comments", { body: { t, text, robot }, key }),
  past: (t: number) => api.get("/api/v1/replay/at", { query: { t } }),
  incidentFile: (begin: number, end: number) => address("/api/v1/replay/incident.zip", during(begin, end)),
};
