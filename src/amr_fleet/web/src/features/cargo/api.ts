import { api } from "../../shared/api/request";

export type { Leg, Load, Reading } from "../../shared/api/types";

const of = (load_id: string) => ({ path: { load_id } });

export const cargoApi = {
  loads: (search: string) => api.get("/api/v1/cargo", { query: { search } }),
  load: (load: string) => api.get("/api/v1/cargo/{load_id}", of(load)),
  holdLoad: (load: string, hold: boolean, document: string) =>
    api.post(hold ? "/api/v1/cargo/{load_id}/hold" : "/api/v1/cargo/{load_id}/release", { ...of(load), body: { document } }),
};
