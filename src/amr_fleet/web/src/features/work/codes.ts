import { checkContainer, checkSscc } from "../order_form/cargo_ids";

const LONGEST = 64; // what the server takes of a number

/**
 * The number in what a scanner or a person gives: an SSCC without its GS1 identifier 00, blanks, brackets and what else
 * the label says; other texts as they are. Scanners mark GS1 by a prefix, by FNC1 as U+001D (Chrome on Android), or both.
 */
export function loadNumber(typed: string): string {
  const raw = typed.trim();
  const bare = raw.replace(/^(?:\](?:C1|d2|Q3)|\p{Cc})+/u, "").replace(/\p{Cc}+$/u, "");
  const said = /\(00\)(\d{18})(?:\(|$)/.exec(bare) ?? (bare !== raw ? /(?:^|\p{Cc})00(\d{18})/u.exec(bare) : null);
  if (said?.[1] !== undefined) return said[1];
  const digits = bare.replace(/[\s()]/g, "");
  if (/^00\d{18}$/.test(digits)) return digits.slice(2);
  if (/^\d{18}$/.test(digits)) return digits;
  const container = bare.replace(/[\s.-]/g, "").toUpperCase();
  return /^[A-Z]{3}[UJZ]\d{7}$/.test(container) ? container : bare.replace(/\p{Cc}+/gu, " ").trim();
}

/**
 * The tasks of a number as it was typed or scanned: those that have it, else those in whose number it occurs, in capitals
 * or not: the last digits will do.
 */
export function matching<T extends { load_id: string; order_id: string }>(tasks: readonly T[], typed: string): readonly T[] {
  const wanted = loadNumber(typed).toLowerCase();
  if (wanted === "") return tasks;
  const numbers = (task: T): string[] => [task.load_id.toLowerCase(), task.order_id.toLowerCase()];
  const same = tasks.filter((task) => numbers(task).includes(wanted));
  return same.length > 0 ? same : tasks.filter((task) => numbers(task).some((one) => one.includes(wanted)));
}

/** Of the codes in a picture the one that is meant: a label has several, of which one is the number of the pallet or container. */
export function meant(codes: readonly string[]): string {
  const numbers = codes.map(loadNumber).filter((number) => number !== "" && number.length <= LONGEST); // the server refuses a longer one, and with it the report
  return numbers.find((number) => checkSscc(number).state === "good" || checkContainer(number).state === "good") ?? numbers[0] ?? "";
}

/** The check digit that a number of a pallet or container should end with, where it ends with another one. */
export function wrongDigit(typed: string): string | null {
  const number = loadNumber(typed);
  const [verdict] = [checkSscc(number), checkContainer(number)].filter((one) => one.state === "check");
  return verdict === undefined ? null : verdict.expected;
}
