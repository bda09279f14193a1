import type { Tasks } from "./api";
import { remembered } from "./remember";

/** The list that came last. */
export interface Last {
  place: string;
  /** Unix milliseconds of this phone at which it came. */
  at: number;
  tasks: Tasks;
}

/** Unix seconds by the server's clock, as far as this phone knows it: its own may be wrong by hours. */
export function serverTime(last = remembered<Last>("tasks"), now = Date.now()): number {
  const ahead = last === null ? 0 : last.tasks.unix - last.at / 1000;
  return Math.round((now / 1000 + ahead) * 10) / 10;
}
