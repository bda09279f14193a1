import { request } from "../../shared/api/request";

export interface OutcomeOrder {
  order_id: string;
  pick_place: string;
  drop_place: string;
  deadline: number;
  finish: number;
  late: boolean;
  stuck: string;
  is_new: boolean;
}

export interface Outcome {
  orders: OutcomeOrder[];
  robots: number;
  left_out: string[];
  finish: number;
  late: number;
  stuck: number;
  simulated_s: number;
  cpu_s: number;
}

export interface WhatIfAnswer {
  now: number;
  before: Outcome;
  after: Outcome;
}

export interface WhatIfQuestion {
  closed_places: string[];
  lost_robots: string[];
  new_lots: { count: number; pick_place: string; drop_place: string }[];
}

const WHAT_IF_MS = 125_000;

export const whatIfApi = {
  whatIf: (question: WhatIfQuestion) => request<WhatIfAnswer>("POST", "/what-if", question, WHAT_IF_MS),
};
