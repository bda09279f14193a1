/** What keys do to the map while it has the focus, and to what is being drawn. */

export type MapMove = { pan: readonly [number, number] } | { zoom: number } | "fit";

const PAN_PX = 80;
const ZOOM = 1.4;

/** Arrows move the window over the site, so the site moves the other way. */
export function mapMove(key: string): MapMove | null {
  switch (key) {
    case "ArrowLeft":
      return { pan: [PAN_PX, 0] };
    case "ArrowRight":
      return { pan: [-PAN_PX, 0] };
    case "ArrowUp":
      return { pan: [0, PAN_PX] };
    case "ArrowDown":
      return { pan: [0, -PAN_PX] };
    case "+":
    case "=":
      return { zoom: ZOOM };
    case "-":
      return { zoom: 1 / ZOOM };
    case "0":
      return "fit";
    default:
      return null;
  }
}

const STEP_M = 1;
const FINE_M = 0.2;

/** How far an arrow moves the drawing pointer, metres of the site (y up); null for another key. */
export function drawStep(key: string, fine: boolean): readonly [number, number] | null {
  const step = fine ? FINE_M : STEP_M;
  return ({ ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] } as const)[key] ?? null;
}

/** The next or the previous lane, round and round; null for another key. */
export function laneStep(key: string, at: number, count: number): number | null {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  return step === undefined || count === 0 ? null : (at + step + count) % count;
}
