import type { CameraHealth, CameraSpan } from "../../shared/api/types";

/** What the numbers of a camera mean to people. */

export interface Cell {
  begin: number;
  end: number;
  /** For how long it was looked at, and for how long it saw (s). */
  seconds: number;
  seen: number;
  brightness: number | null;
  /** Share of what is usual for this camera. */
  sharpness: number | null;
  guards: number | null;
  reasons: Record<string, number>;
}

/** The measured recall of the model that comes with the product (docs/perception.md), people of ten at the far end of what it guards by day. */
const RECALL = { nanodet: 8 } as const;

export type Recall = { key: "guards.day" | "guards.dim" | "guards.blind" | "guards.none"; metres: number; day: number; measured: number | null; said: "measured" | "dim_not_measured" | "not_measured" };

/** How far a camera guards in this light. What was measured by day says nothing of dim light and of the night. */
export function recall(health: CameraHealth, seeing: boolean): Recall {
  const dim = health.light === "dim";
  const measured = health.detector === "nanodet" && !dim ? RECALL.nanodet : null;
  const said = dim ? "dim_not_measured" as const : measured === null ? "not_measured" as const : "measured" as const;
  const facts = { metres: health.guards, day: health.guards_day, measured, said };
  if (!seeing) return { key: "guards.blind", ...facts };
  if (health.guards <= 0) return { key: "guards.none", ...facts };
  return { key: dim ? "guards.dim" : "guards.day", ...facts };
}

/** Sharpness as a share of the usual; null while the camera has learnt nothing. */
export function sharpShare(health: Pick<CameraHealth, "sharpness" | "usual">): number | null {
  return health.usual === null || health.usual <= 0 ? null : health.sharpness / health.usual;
}

/** The spans of a history in so many equal cells from begin to end; a cell that nobody looked at has 0 seconds. */
export function cells(spans: readonly CameraSpan[], begin: number, end: number, count: number): Cell[] {
  const width = (end - begin) / count;
  const made = Array.from({ length: count }, (_, k): Cell => ({ begin: begin + k * width, end: begin + (k + 1) * width, seconds: 0, seen: 0, brightness: null, sharpness: null, guards: null, reasons: {} }));
  for (const span of spans) {
    // Where its middle would be: a span that began before the first cell belongs to it.
    const at = Math.floor((span.begin - begin) / width);
    const cell = made[Math.min(count - 1, Math.max(0, at))];
    if (cell !== undefined) add(cell, span);
  }
  return made;
}

function add(cell: Cell, span: CameraSpan): void {
  const before = cell.seen;
  cell.seconds += span.seconds;
  cell.seen += span.seen;
  for (const [reason, seconds] of Object.entries(span.reasons)) cell.reasons[reason] = (cell.reasons[reason] ?? 0) + seconds;
  if (span.seen <= 0) return;
  const mean = (old: number | null, fresh: number): number => (old === null ? fresh : (old * before + fresh * span.seen) / (before + span.seen));
  if (span.brightness !== null) cell.brightness = mean(cell.brightness, span.brightness);
  if (span.sharpness !== null && span.usual !== null && span.usual > 0) cell.sharpness = mean(cell.sharpness, span.sharpness / span.usual);
  if (span.guards !== null) cell.guards = cell.guards === null ? span.guards : Math.min(cell.guards, span.guards);
}

export interface Sum {
  seconds: number;
  seen: number;
  /** Longest first. */
  reasons: { reason: string; seconds: number }[];
}

export function sum(spans: readonly CameraSpan[]): Sum {
  const reasons = new Map<string, number>();
  let [seconds, seen] = [0, 0];
  for (const span of spans) {
    seconds += span.seconds;
    seen += span.seen;
    for (const [reason, s] of Object.entries(span.reasons)) reasons.set(reason, (reasons.get(reason) ?? 0) + s);
  }
  return { seconds, seen, reasons: [...reasons].map(([reason, s]) => ({ reason, seconds: s })).sort((a, b) => b.seconds - a.seconds) };
}

/** Runs of cells with a value, as the points of a line; a gap is a gap. height: of the value `most`. */
export function lines(values: readonly (number | null)[], most: number, height: number): string[] {
  const runs: string[][] = [[]];
  values.forEach((value, k) => {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push(`${k + 0.5},${(height * (1 - Math.min(1, Math.max(0, value / most)))).toFixed(2)}`);
  });
  return runs.filter((run) => run.length > 0).map((run) => (run.length === 1 ? doubled(run[0]!) : run.join(" ")));
}

/** A line of one point cannot be seen. */
function doubled(point: string): string {
  const [x = "0", y = "0"] = point.split(",");
  return `${Number(x) - 0.5},${y} ${Number(x) + 0.5},${y}`;
}
