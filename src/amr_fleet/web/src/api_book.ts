import { type NewOrder, request } from "./api";
import type { Book, Cutoff, Load } from "./types_book";

const id = encodeURIComponent;

export interface NewSchedule {
  order: NewOrder;
  first_in_s: number;
  every_s: number;
  due_in_s: number;
}

export const bookApi = {
  book: () => request<Book>("GET", "/book"),
  setCutoff: (name: string, kind: Cutoff["kind"], in_s: number) => request<Book>("PUT", `/cutoffs/${id(name)}`, { kind, in_s }),
  removeCutoff: (name: string) => request<Book>("DELETE", `/cutoffs/${id(name)}`),
  setTemplate: (name: string, order: NewOrder) => request<Book>("PUT", `/templates/${id(name)}`, order),
  removeTemplate: (name: string) => request<Book>("DELETE", `/templates/${id(name)}`),
  setSchedule: (name: string, schedule: NewSchedule) => request<Book>("PUT", `/schedules/${id(name)}`, schedule),
  removeSchedule: (name: string) => request<Book>("DELETE", `/schedules/${id(name)}`),
  loads: (search: string) => request<{ cargo: Load[] }>("GET", `/cargo?search=${id(search)}`),
  load: (load: string) => request<Load>("GET", `/cargo/${id(load)}`),
  holdLoad: (load: string, hold: boolean, document: string) => request<Load>("POST", `/cargo/${id(load)}/${hold ? "hold" : "release"}`, { document }),
};
