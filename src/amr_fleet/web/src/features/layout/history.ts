/** What can be taken back. Changes with the same tag after one another, as of a drag or of typing, are one step. */
export interface History<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  tag: string;
}

const MOST_STEPS = 200;

export function begun<T>(now: T): History<T> {
  return { past: [], now, future: [], tag: "" };
}

/** tag "": a step of its own. */
export function changed<T>(history: History<T>, now: T, tag = ""): History<T> {
  if (now === history.now) return history;
  if (tag !== "" && tag === history.tag && history.past.length > 0) return { ...history, now, future: [] };
  return { past: [...history.past, history.now].slice(-MOST_STEPS), now, future: [], tag };
}

/** What comes next is a step of its own. */
export function settled<T>(history: History<T>): History<T> {
  return history.tag === "" ? history : { ...history, tag: "" };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past[history.past.length - 1];
  return before === undefined ? history : { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future], tag: "" };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, history.now], now: next, future, tag: "" };
}
