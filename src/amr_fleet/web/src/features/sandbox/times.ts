/** Unix seconds as day and time at the site, whose zone never changes; permits are of that zone. */
export function day(at: number): string {
  const options: Intl.DateTimeFormatOptions = { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh" };
  return new Date(at * 1000).toLocaleString("vi-VN", options);
}

/** A time of a record (ISO 8601) the same way. */
export function isoDay(text: string): string {
  return day(Date.parse(text) / 1000);
}
