import { create } from "zustand";

import type { Snapshot } from "../../shared/api/types";

/** The longest wait and the open orders while this page was open: one point every few seconds of fleet time. */
const EVERY_S = 10;
const KEPT = 360;

export interface Point {
  t: number;
  wait: number;
  open: number;
}

export const useTrend = create<{ points: readonly Point[] }>(() => ({ points: [] }));

export function follow(snapshot: Snapshot): void {
  const { points } = useTrend.getState();
  const last = points[points.length - 1];
  if (last !== undefined && snapshot.t >= last.t && snapshot.t - last.t < EVERY_S) {
    // Between two points a wait grows: the peak must not be less than what the header says at that moment.
    if (snapshot.waits.longest_s > last.wait) useTrend.setState({ points: [...points.slice(0, -1), { ...last, wait: snapshot.waits.longest_s }] });
    return;
  }
  const point = { t: snapshot.t, wait: snapshot.waits.longest_s, open: snapshot.kpi.orders_open };
  // A clock that jumped back is another run.
  useTrend.setState({ points: last !== undefined && snapshot.t < last.t ? [point] : [...points.slice(1 - KEPT), point] });
}
