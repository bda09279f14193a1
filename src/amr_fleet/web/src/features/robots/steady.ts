import { type PointerEvent, useEffect, useRef, useState } from "react";

/** How long after a press rows stay where they are, for fingers, which point at nothing. */
const AFTER_PRESS_MS = 3000;

/** How long a mouse may rest on the rows before they are sorted again: trouble has to come to the top. */
const AFTER_REST_MS = 10_000;

/** Things in the order in which they stood; what was not there then comes behind. */
export function steady<T>(sorted: readonly T[], name: (one: T) => string, stood: readonly string[] | null): T[] {
  if (stood === null) return [...sorted];
  const rank = new Map(stood.map((one, k) => [one, k]));
  return [...sorted].sort((a, b) => (rank.get(name(a)) ?? stood.length) - (rank.get(name(b)) ?? stood.length));
}

/**
 * Rows stay where they are while a mouse moves over them, and for a moment after a press: a row that jumps away would put
 * another robot's button under a second press.
 */
export function useSteady<T>(sorted: readonly T[], name: (one: T) => string) {
  const [stood, hold] = useState<readonly string[] | null>(null);
  const timer = useRef(0);
  const rows = steady(sorted, name, stood);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const still = (): void => {
    window.clearTimeout(timer.current);
    hold(rows.map(name));
  };
  const release = (after: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => hold(null), after);
  };
  const rest = (): void => {
    if (stood === null) still();
    release(AFTER_REST_MS);
  };
  const mouse = (event: PointerEvent, then: () => void): void => {
    if (event.pointerType === "mouse") then();
  };
  return {
    rows,
    handlers: {
      onPointerEnter: (event: PointerEvent) => mouse(event, rest),
      onPointerMove: (event: PointerEvent) => mouse(event, rest),
      onPointerLeave: (event: PointerEvent) => mouse(event, () => hold(null)),
      onPointerDown: (event: PointerEvent) => {
        still();
        release(event.pointerType === "mouse" ? AFTER_REST_MS : AFTER_PRESS_MS);
      },
    },
  };
}
