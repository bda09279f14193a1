import { request, segment } from "../../shared/api/request";
import type { BookOrder, NewOrder } from "../../shared/api/types";

export interface Cutoff {
  name: string;
  kind: "truck" | "barge";
  at: number;
}

export interface Template {
  name: string;
  order: BookOrder;
}

/** every and due_in in s; due_in 0 = no deadline. */
export interface Schedule extends Template {
  every: number;
  next_at: number;
  due_in: number;
}

export interface Book {
  cutoffs: Cutoff[];
  templates: Template[];
  schedules: Schedule[];
}

export interface NewSchedule {
  order: NewOrder;
  first_in_s: number;
  every_s: number;
  due_in_s: number;
}

export const bookApi = {
  book: () => request<Book>("GET", "/book"),
  setCutoff: (name: string, kind: Cutoff["kind"], in_s: number) => request<Book>("PUT", `/cutoffs/${segment(name)}`, { kind, in_s }),
  removeCutoff: (name: string) => request<Book>("DELETE", `/cutoffs/${segment(name)}`),
  setTemplate: (name: string, order: NewOrder) => request<Book>("PUT", `/templates/${segment(name)}`, order),
  removeTemplate: (name: string) => request<Book>("DELETE", `/templates/${segment(name)}`),
  setSchedule: (name: string, schedule: NewSchedule) => request<Book>("PUT", `/schedules/${segment(name)}`, schedule),
  removeSchedule: (name: string) => request<Book>("DELETE", `/schedules/${segment(name)}`),
};
