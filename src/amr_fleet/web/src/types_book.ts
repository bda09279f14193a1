import type { Cargo } from "./types";

/** Cut-offs, templates, recurring orders, loads; docs/contracts.md is the truth. */

export interface Cutoff {
  name: string;
  kind: "truck" | "barge";
  at: number;
}

/** A kept order; its times count from when it is sent, in s. */
export interface BookOrder {
  pick_place: string;
  drop_place: string;
  priority: number;
  cutoff: string;
  robot: string;
  held: boolean;
  earliest_in_s: number;
  deadline_in_s: number | null;
  cargo: Cargo | null;
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
