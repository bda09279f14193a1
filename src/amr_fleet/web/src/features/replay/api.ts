import { address, api } from "../../shared/api/request";

export type { Chunk, JournalEvent, PastState, TrackState } from "../../shared/api/types";

const during = (begin: number, end: number) => ({ query: { begin, end } });

export const replayApi = {
  replaySpan: () => api.get("/api/v1/replay/span"),
  tracks: (begin: number, end: number) => api.get("/api/v1/replay/tracks", during(begin, end)),
  events: (begin: number, end: number) => api.get("/api/v1/replay/events", during(begin, end)),
  past: (t: number) => api.get("/api/v1/replay/at", { query: { t } }),
  incidentFile: (begin: number, end: number) => address("/api/v1/replay/incident.zip", during(begin, end)),
};
