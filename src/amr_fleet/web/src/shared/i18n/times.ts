const DAY_S = 86_400;

/** The day of a site's clock with its time zone (24/11/2026, GMT+7); null for a simulation, whose clock counts from midnight. */
export function dateLine(t: number): string | null {
  if (t < 1e9) return null;
  const parts = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "2-digit", year: "numeric", timeZoneName: "shortOffset" }).formatToParts(t * 1000);
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? "";
  return `${part("day")}/${part("month")}/${part("year")}, ${part("timeZoneName")}`;
}

/** Which day of a simulation it is, from 1. */
export function simulatedDay(t: number): number {
  return Math.floor(Math.max(0, t) / DAY_S) + 1;
}

/** Day and time to the second (28/11 22:04:09); of a simulation the day as `simulated` tells it. */
export function dayAndTime(t: number, simulated: (day: number) => string): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  const s = secondOfDay(t);
  const date = new Date(t * 1000);
  const day = t < 1e9 ? simulated(simulatedDay(t)) : `${two(date.getDate())}/${two(date.getMonth() + 1)}`;
  return `${day} ${two(s / 3600)}:${two((s / 60) % 60)}:${two(s % 60)}`;
}

/** Seconds from now (fleet time) until the clock next shows HH:MM; null when that is not a time. */
export function secondsUntil(time: string, now: number): number | null {
  const found = /^(\d{1,2}):(\d{2})$/.exec(time);
  if (found === null) return null;
  const [hours, minutes] = [Number(found[1]), Number(found[2])];
  if (hours > 23 || minutes > 59) return null;
  const wait = hours * 3600 + minutes * 60 - secondOfDay(now);
  return wait > 0 ? wait : wait + DAY_S;
}

/** Fleet time is Unix seconds on site, and counts from midnight in a simulation. */
export function secondOfDay(t: number): number {
  if (t < 1e9) return t % DAY_S;
  const date = new Date(t * 1000);
  return date.getHours() * 3600 + date.getMinutes() * 60 + date.getSeconds();
}

/** Day and time of Unix seconds; the time of a simulation, whose clock begins at midnight. */
export function stamp(t: number): string {
  if (t > 1e9) return new Date(t * 1000).toLocaleString("vi-VN", { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
  const day = ((t % 86400) + 86400) % 86400;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  return `${two(day / 3600)}:${two((day / 60) % 60)}`;
}
