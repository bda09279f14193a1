import type { Snapshot } from "../../shared/api/types";

/** Where robots have waited while this page was open: seconds on a grid of squares, fading with time. */
const CELL_M = 1.5;
const HALF_LIFE_S = 900;
const LEAST_WAIT_S = 3;
const FULL_S = 120;

export class Heat {
  private readonly cells = new Map<string, { x: number; y: number; seconds: number }>();
  private last = 0;

  take(snapshot: Snapshot): void {
    const dt = Math.min(2, Math.max(0, snapshot.t - this.last));
    this.last = snapshot.t;
    if (dt === 0) return;
    const fade = 0.5 ** (dt / HALF_LIFE_S);
    for (const cell of this.cells.values()) cell.seconds *= fade;
    for (const robot of snapshot.robots) {
      const w = robot.waiting;
      if (w === null || !w.code.startsWith("wait.") || w.code === "wait.paused" || robot.order_id === "" || robot.x === null || robot.y === null) continue;
      if (snapshot.t - w.since < LEAST_WAIT_S) continue;
      const [x, y] = [Math.floor(robot.x / CELL_M), Math.floor(robot.y / CELL_M)];
      const key = `${x},${y}`;
      const cell = this.cells.get(key) ?? { x: x * CELL_M, y: y * CELL_M, seconds: 0 };
      cell.seconds += dt;
      this.cells.set(key, cell);
    }
  }

  /** Squares (corner, size in m) with strength 0..1. */
  squares(): { x: number; y: number; size: number; strength: number }[] {
    return [...this.cells.values()].filter((c) => c.seconds > 1).map((c) => ({ x: c.x, y: c.y, size: CELL_M, strength: Math.min(1, c.seconds / FULL_S) }));
  }
}

export const heat = new Heat();
