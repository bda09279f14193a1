import { request, segment } from "../../shared/api/request";
import type { Cargo } from "../../shared/api/types";

/** One time that a robot had a load; dropped 0 = still on board, or taken off by hand. */
export interface Leg {
  order_id: string;
  robot: string;
  from_place: string;
  picked: number;
  to_place: string;
  dropped: number;
}

/** What a camera read on a load; match: is it the one that was ordered? */
export interface Reading {
  t: number;
  order_id: string;
  kind: string;
  value: string;
  valid: boolean;
  match: "yes" | "no" | "unknown";
}

export interface Load extends Cargo {
  load_id: string;
  place: string;
  robot: string;
  since: number;
  legs: Leg[];
  readings?: Reading[];
}

export const cargoApi = {
  loads: (search: string) => request<{ cargo: Load[] }>("GET", `/cargo?search=${segment(search)}`),
  load: (load: string) => request<Load>("GET", `/cargo/${segment(load)}`),
  holdLoad: (load: string, hold: boolean, document: string) => request<Load>("POST", `/cargo/${segment(load)}/${hold ? "hold" : "release"}`, { document }),
};
