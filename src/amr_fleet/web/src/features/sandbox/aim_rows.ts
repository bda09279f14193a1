import type { Json } from "./api";

/** A goal, in both languages; en may be empty. */
export interface Goal {
  vi: string;
  en: string;
}

/** What shall be reached; target as a number of the figure's unit. */
export interface Criterion extends Goal {
  id: string;
  kpi: string;
  operator: Operator;
  target: number;
}

export const OPERATORS = [">=", "<=", ">", "<", "="] as const;
export type Operator = (typeof OPERATORS)[number];

/** A comparison as people write it. */
export const SIGNS: Record<Operator, string> = { ">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "=" };
/** Figures of docs/kpis.md that permits ask for; a file may name others. */
export const KPIS = ["done", "on_time", "service_p95", "wait_share", "availability", "mtbf", "interventions_per_100_km", "deadlocks", "protective_stops", "emergency_stops"] as const;
export const MOST_ROWS = 200;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The goals of a record; null = the form cannot show them, and leaves them as they are. */
export function goalsOf(value: unknown): Goal[] | null {
  return rows(value, (row) => (isText(row) ? { vi: row["vi"] as string, en: (row["en"] ?? "") as string } : null));
}

/** Its criteria; null as above. */
export function criteriaOf(value: unknown): Criterion[] | null {
  return rows(value, (row) => {
    const { id, kpi = "", operator = ">=", target = 0, text } = row;
    if (typeof id !== "string" || typeof kpi !== "string" || typeof target !== "number" || !isOperator(operator)) return null;
    if (typeof text !== "object" || text === null || !isText(text as Json)) return null;
    const both = text as Json;
    return { id, kpi, operator, target, vi: both["vi"] as string, en: (both["en"] ?? "") as string };
  });
}

/** What a record says of them. */
export const goalRows = (goals: Goal[]): Json[] => goals.map((goal) => both(goal));
export const criterionRows = (criteria: Criterion[]): Json[] =>
  criteria.map((one) => ({ id: one.id.trim(), text: both(one), kpi: one.kpi, operator: one.operator, target: one.target }));

/** The next criterion: C1, C2, ... the first that is free. */
export function nextCriterion(criteria: Criterion[]): Criterion {
  const taken = new Set(criteria.map((one) => one.id.trim()));
  let number = 1;
  while (taken.has(`C${number}`)) number += 1;
  return { id: `C${number}`, kpi: "", operator: ">=", target: 0, vi: "", en: "" };
}

export type AimFault = "goal_empty" | "criterion_empty" | "criterion_id" | "criterion_twice";

/** The first thing that keeps them from being saved. */
export function faultOf(goals: Goal[] | null, criteria: Criterion[] | null): { fault: AimFault; number: number } | null {
  const empty = (goals ?? []).findIndex((goal) => goal.vi.trim() === "");
  if (empty >= 0) return { fault: "goal_empty", number: empty + 1 };
  const seen = new Set<string>();
  for (const [i, one] of (criteria ?? []).entries()) {
    const id = one.id.trim();
    if (!ID.test(id)) return { fault: "criterion_id", number: i + 1 };
    if (seen.has(id)) return { fault: "criterion_twice", number: i + 1 };
    if (one.vi.trim() === "") return { fault: "criterion_empty", number: i + 1 };
    seen.add(id);
  }
  return null;
}

const both = (row: Goal): Json => ({ vi: row.vi.trim(), en: row.en.trim() });
const isOperator = (value: unknown): value is Operator => OPERATORS.some((one) => one === value);
const isText = (row: Json): boolean => typeof row["vi"] === "string" && (row["en"] === undefined || typeof row["en"] === "string");

function rows<Row>(value: unknown, read: (row: Json) => Row | null): Row[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const found = value.map((row: unknown) => (typeof row === "object" && row !== null && !Array.isArray(row) ? read(row as Json) : null));
  return found.every((row) => row !== null) ? found : null;
}
