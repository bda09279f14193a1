import { api } from "../../shared/api/request";
import type { CutoffKind, NewOrder, NewSchedule } from "../../shared/api/types";

export type { Book, Cutoff, NewSchedule, Schedule, Template } from "../../shared/api/types";

const of = (name: string) => ({ path: { name } });

export const bookApi = {
  book: () => api.get("/api/v1/book"),
  setCutoff: (name: string, kind: CutoffKind, in_s: number) => api.put("/api/v1/cutoffs/{name}", { ...of(name), body: { kind, in_s } }),
  removeCutoff: (name: string) => api.delete("/api/v1/cutoffs/{name}", of(name)),
  setTemplate: (name: string, body: NewOrder) => api.put("/api/v1/templates/{name}", { ...of(name), body }),
  removeTemplate: (name: string) => api.delete("/api/v1/templates/{name}", of(name)),
  setSchedule: (name: string, body: NewSchedule) => api.put("/api/v1/schedules/{name}", { ...of(name), body }),
  removeSchedule: (name: string) => api.delete("/api/v1/schedules/{name}", of(name)),
};
