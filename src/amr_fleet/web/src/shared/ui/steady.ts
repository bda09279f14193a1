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

/** Things that stood there and are over: a row that goes would put the next one's button under a second press. */
export function lingering<T>(now: readonly T[], name: (one: T) => string, before: readonly T[], stood: readonly string[] | null): T[] {
  if (stood === null) return [];
  const there = new Set(now.map(name));
  return before.filter((one) => !there.has(name(one)) && stood.includes(name(one)));
}

/**
 * Rows stay where they are while a mouse moves over them, and for a moment after a press: a row that jumps away would put
 * another one's button under a second press. keep: rows of what is over stay as long, and are in `over`.
 */
export function useSteady<T>(sorted: readonly T[], name: (one: T) => string, keep = false) {
  const [stood, hold] = useState<readonly string[] | null>(null);
  const [before, remember] = useState<readonly T[]>([]);
  const timer = useRef(0);
  const over = keep ? lingering(sorted, name, before, stood) : [];
  const rows = steady([...sorted, ...over], name, stood);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const still = (): void => {
    window.clearTimeout(timer.current);
    hold(rows.map(name));
    remember(rows);
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
    over: new Set(over.map(name)),
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
