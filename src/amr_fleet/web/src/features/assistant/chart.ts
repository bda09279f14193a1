import type { Said } from "./api";

type Rows = Said["results"][number]["rows"];

export interface Bar {
  label: string;
  /** The figure as it was said, with its unit. */
  text: string;
  /** Length of the bar, 0 to 1. */
  share: number;
}

export interface Chart {
  /** The column that is drawn. */
  of: string;
  /** Hours stand side by side; robots and shifts, whose names are long, one below the other. */
  upright: boolean;
  bars: Bar[];
  high: Bar;
  low: Bar;
}

const LABELS = ["hour", "shift", "robot"];
const FIGURES = ["value", "battery"];
const LEAST = 3;
/** The word between two figures ("3 of 5 orders"), as the fleet says it: neither of them is the one to draw. */
const SHARE_OF = "tr\u00ean";
const FIGURE = /^(\d+(?:[.,]\d+)?) ?([^\d\s,;(]+)/;

/** What of an answer's rows one would rather look at: one figure, in one unit, of three hours, shifts or robots or more. */
export function chartOf(rows: Rows): Chart | undefined {
  const label = LABELS.find((name) => rows.every((row) => text(row[name]) !== ""));
  const of = FIGURES.find((name) => rows.some((row) => text(row[name]) !== ""));
  if (label === undefined || of === undefined) return undefined;
  const told = rows.map((row) => ({ label: text(row[label]), text: text(row[of]) })).filter((one) => one.text !== "");
  const read = told.map((one) => ({ ...one, found: FIGURE.exec(one.text) }));
  const units = new Set(read.map((one) => one.found?.[2]));
  if (read.length < LEAST || units.size !== 1 || units.has(undefined) || units.has(SHARE_OF)) return undefined;
  const values = read.map((one) => Number((one.found?.[1] ?? "").replace(",", ".")));
  const top = units.has("%") ? 100 : Math.max(...values);
  const bars = told.map((one, at) => ({ ...one, share: top > 0 ? Math.min(1, (values[at] ?? 0) / top) : 0 }));
  const [high, low] = [bars[values.indexOf(Math.max(...values))], bars[values.indexOf(Math.min(...values))]];
  return high && low ? { of, upright: label === "hour", bars, high, low } : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
