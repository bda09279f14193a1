/** An ISO day as people here write it; "" as a dash. */
export function day(iso: string): string {
  const [year, month, date] = iso.split("-");
  return year === undefined || month === undefined || date === undefined ? "–" : `${date}/${month}/${year}`;
}

const VIETNAM_S = 7 * 3600;

/** Unix seconds as HH:MM dd/mm/yyyy of Vietnam, wherever the browser is. */
export function moment(t: number): string {
  const iso = new Date((t + VIETNAM_S) * 1000).toISOString();
  return `${iso.slice(11, 16)} ${day(iso.slice(0, 10))}`;
}

/** The day at the site at a moment (Unix ms), as dd/mm/yyyy, wherever the browser is. */
export function today(now: number): string {
  return day(new Date(now + VIETNAM_S * 1000).toISOString().slice(0, 10));
}

/** dd/mm/yyyy as an ISO day; null for anything that is no day of the calendar. */
export function isoDay(text: string): string | null {
  const found = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
  if (found === null) return null;
  const [date, month, year] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const made = new Date(Date.UTC(year, month - 1, date));
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== date || year < 2000) return null;
  return made.toISOString().slice(0, 10);
}

/** A number as people here write it (1.234,5 or 1234.5); null for anything else. */
export function amount(text: string, decimal: "," | "."): number | null {
  const plain = decimal === "," ? text.replaceAll(".", "").replace(",", ".") : text.replaceAll(",", "");
  return /^\d+(\.\d+)?$/.test(plain.trim()) ? Number(plain) : null;
}
