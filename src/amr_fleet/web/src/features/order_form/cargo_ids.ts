/** Check digits of cargo numbers, for an answer while typing; the server checks again (amr_fleet.domain.cargo_ids). */

export type Verdict = { state: "empty" | "good" | "shape" } | { state: "check"; expected: string };

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** ISO 6346 numbers the letters from 10 on and leaves out the multiples of 11. */
const LETTERS = Array.from({ length: 29 }, (_, i) => i + 10).filter((n) => n % 11 !== 0);

/** The GS1 check digit of the digits before it: weights 3, 1, 3, ... from the right. */
export function gs1CheckDigit(digits: string): string {
  const total = [...digits].reverse().reduce((sum, d, i) => sum + Number(d) * (i % 2 === 0 ? 3 : 1), 0);
  return String((10 - (total % 10)) % 10);
}

/** The ISO 6346 check digit of four letters and six digits: weights 2^i, modulo 11, ten counts as 0. */
export function containerCheckDigit(number: string): string {
  const value = (c: string): number => (/\d/.test(c) ? Number(c) : (LETTERS[ALPHABET.indexOf(c)] ?? 0));
  const total = [...number].reduce((sum, c, i) => sum + value(c) * 2 ** i, 0);
  return String((total % 11) % 10);
}

/** The serial shipping container code of a pallet: 18 digits, 00 or (00) may stand in front. */
export function checkSscc(text: string): Verdict {
  let digits = text.replace(/[\s()]/g, "");
  if (digits === "") return { state: "empty" };
  if (digits.length === 20 && digits.startsWith("00")) digits = digits.slice(2);
  if (!/^\d{18}$/.test(digits)) return { state: "shape" };
  const expected = gs1CheckDigit(digits.slice(0, -1));
  return digits.endsWith(expected) ? { state: "good" } : { state: "check", expected };
}

export function checkContainer(text: string): Verdict {
  const number = text.replace(/[\s.-]/g, "").toUpperCase();
  if (number === "") return { state: "empty" };
  if (!/^[A-Z]{3}[UJZ]\d{7}$/.test(number)) return { state: "shape" };
  const expected = containerCheckDigit(number.slice(0, 10));
  return number.endsWith(expected) ? { state: "good" } : { state: "check", expected };
}
