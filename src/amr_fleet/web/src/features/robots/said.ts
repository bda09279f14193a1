import type { HeldBy, Robot } from "../../shared/api/types";
import { sinceWhen, type Texts } from "../../shared/i18n/texts";

/** What the button "resume" would end. others: whose pauses they are; unload: a load is to be taken off by hand first. */
export interface Ending {
  pauses: readonly HeldBy[];
  others: string[];
  unload: boolean;
  /** Of the newest of them (fleet s): what the same people paused later is not ended. */
  seen: number;
}

/** A person ends their own pauses; who has none ends those of others, when they say so. Nobody's is everybody's. */
export function endingOf(pauses: readonly HeldBy[], me: string): Ending {
  const own = pauses.some((pause) => pause.user === me);
  const ended = own ? pauses.filter((pause) => pause.user === me || pause.user === "") : pauses;
  return { pauses: ended, others: othersOf(ended, me), unload: ended.some((pause) => pause.scope === "unload"), seen: newestOf(ended) };
}

/** When the newest of the pauses that were read began (fleet s): what is set later was not read. */
export function newestOf(pauses: readonly HeldBy[]): number {
  return Math.max(0, ...pauses.map((pause) => pause.since));
}

export function othersOf(pauses: readonly HeldBy[], me: string): string[] {
  return [...new Set(pauses.map((pause) => pause.user))].filter((user) => user !== "" && user !== me);
}

type Paused = Pick<Robot, "pauses">;

const all = (robot: Paused): HeldBy[] => robot.pauses.filter((pause) => pause.scope === "all");

/** What "resume all" is about. mine: there are pauses of one's own, or of nobody; others: who paused all, too, and theirs are left unless they are named. */
export interface EndingAll {
  theirs: HeldBy[];
  others: string[];
  mine: boolean;
}

export function endingAll(robots: readonly Paused[], me: string): EndingAll {
  const pauses = robots.flatMap(all);
  const others = othersOf(pauses, me);
  return { theirs: pauses.filter((pause) => others.includes(pause.user)), others, mine: pauses.some((pause) => !others.includes(pause.user)) };
}

/** How many robots still stand by "pause all" of others, when only one's own ended. */
export function leftStanding(robots: readonly Paused[], others: readonly string[]): number {
  return robots.filter((robot) => all(robot).some((pause) => others.includes(pause.user))).length;
}

/** Who paused, at what time and why: once for each person. */
export function whoSays(pauses: readonly HeldBy[], { t }: Texts, key: "held.paused" | "held.order" = "held.paused"): string {
  const lines = pauses.filter((pause) => pause.user !== "").map((pause) => t(key, { user: pause.user, at: sinceWhen(pause.since) }) + (pause.text === "" ? "." : `: ${pause.text}.`));
  return [...new Set(lines)].join(" ");
}
