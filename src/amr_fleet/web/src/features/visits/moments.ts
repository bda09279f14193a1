import { clock } from "../../shared/i18n/texts";
import { secondsUntil, stamp } from "../../shared/i18n/times";

/** Times of visits, which may be some days away. Fleet time is Unix seconds on site, and counts from midnight in a simulation. */

const DATED = /^(\d{1,2})[/.-](\d{1,2})\s+(\d{1,2}):(\d{2})$/;
const HALF_YEAR_S = 180 * 86_400;

/** HH:MM of today, with its day otherwise. */
export function moment(t: number, now: number): string {
  if (t < 1e9) return clock(t).slice(0, -3);
  const day = (seconds: number): string => new Date(seconds * 1000).toDateString();
  return day(t) === day(now) ? clock(t).slice(0, -3) : stamp(t);
}

/** Seconds from now until "17:30" (the next one) or "28/11 05:00"; null when that is no time or has passed. */
export function secondsTo(text: string, now: number): number | null {
  const found = DATED.exec(text.trim());
  if (found === null) return secondsUntil(text.trim(), now);
  if (now < 1e9) return null; // a simulation has no dates
  const [day = 0, month = 0, hours = 0, minutes = 0] = found.slice(1).map(Number);
  const today = new Date(now * 1000);
  const at = (year: number): Date => new Date(year, month - 1, day, hours, minutes);
  if (at(today.getFullYear()).getDate() !== day || at(today.getFullYear()).getMonth() !== month - 1 || hours > 23 || minutes > 59) return null;
  const seconds = (year: number): number => at(year).getTime() / 1000 - now;
  const wait = seconds(today.getFullYear()) < -HALF_YEAR_S ? seconds(today.getFullYear() + 1) : seconds(today.getFullYear());
  return wait > 0 ? wait : null;
}

/** What `secondsTo` reads as this moment again. */
export function typedMoment(t: number, now: number): string {
  if (t < 1e9 || t - now < 86_400) return hhmm(t);
  const date = new Date(t * 1000);
  return `${date.getDate()}/${date.getMonth() + 1} ${hhmm(t)}`;
}

function hhmm(t: number): string {
  return t < 1e9 ? clock(t % 86_400).slice(0, -3) : clock(t).slice(0, -3);
}
