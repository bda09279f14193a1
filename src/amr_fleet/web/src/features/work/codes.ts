import { checkContainer, checkSscc } from "../order_form/cargo_ids";

/** The number in what a scanner or a person gives: an SSCC without its GS1 identifier 00, blanks and brackets; else as it is. */
export function loadNumber(typed: string): string {
  const bare = typed.trim().replace(/^\](?:C1|d2|Q3)/, "");
  const first = /^\(00\)(\d{18})\(\d/.exec(bare)?.[1]; // a label that says more about the pallet behind its number
  if (first !== undefined) return first;
  const digits = bare.replace(/[\s()]/g, "");
  if (/^00\d{18}$/.test(digits)) return digits.slice(2);
  if (/^\d{18}$/.test(digits)) return digits;
  const container = bare.replace(/[\s.-]/g, "").toUpperCase();
  return /^[A-Z]{3}[UJZ]\d{7}$/.test(container) ? container : bare;
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
  const numbers = codes.filter((code) => code.trim() !== "").map(loadNumber);
  return numbers.find((number) => checkSscc(number).state === "good" || checkContainer(number).state === "good") ?? numbers[0] ?? "";
}

/** The check digit that a number of a pallet or container should end with, where it ends with another one. */
export function wrongDigit(typed: string): string | null {
  const number = loadNumber(typed);
  const [verdict] = [checkSscc(number), checkContainer(number)].filter((one) => one.state === "check");
  return verdict === undefined ? null : verdict.expected;
}
