import { isKey, type Texts } from "../../shared/i18n/texts";

/** A priority by its word of the form; others, from the API, stay numbers. */
export function priorityWord(priority: number, { t }: Pick<Texts, "t">): string {
  const key = `new.priority.${priority}`;
  return isKey(key) ? t(key) : String(priority);
}
