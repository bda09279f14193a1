import type { HeldBy } from "../../shared/api/types";
import { clock, type Texts } from "../../shared/i18n/texts";

/** What the button "resume" would end. others: whose pauses they are; unload: a load is to be taken off by hand first. */
export interface Ending {
  pauses: readonly HeldBy[];
  others: string[];
  unload: boolean;
}

/** A person ends their own pauses; who has none ends those of others, when they say so. Nobody's is everybody's. */
export function endingOf(pauses: readonly HeldBy[], me: string): Ending {
  const own = pauses.some((pause) => pause.user === me);
  const ended = own ? pauses.filter((pause) => pause.user === me || pause.user === "") : pauses;
  return { pauses: ended, others: othersOf(ended, me), unload: ended.some((pause) => pause.scope === "unload") };
}

export function othersOf(pauses: readonly HeldBy[], me: string): string[] {
  return [...new Set(pauses.map((pause) => pause.user))].filter((user) => user !== "" && user !== me);
}

/** Who paused, at what time and why: once for each person. */
export function whoSays(pauses: readonly HeldBy[], { t }: Texts, key: "held.paused" | "held.order" = "held.paused"): string {
  const lines = pauses.filter((pause) => pause.user !== "").map((pause) => t(key, { user: pause.user, at: clock(pause.since).slice(0, 5) }) + (pause.text === "" ? "." : `: ${pause.text}.`));
  return [...new Set(lines)].join(" ");
}
