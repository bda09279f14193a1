import type { Site } from "../../shared/api/types";
import { fieldName, isKey, robotLabel, type Texts } from "../../shared/i18n/texts";
import { priorityWord } from "../order_form/priority";
import type { Word } from "./hooks";
import { vi } from "./words/texts";

/** Fields that name a place; others that are no word for a person: the key that keeps a form from being sent twice. */
const PLACES = new Set(["pick_place", "drop_place", "place", "to_place"]);
const HIDDEN = new Set(["key"]);
const ROBOT = /^[a-z]+_\d+$/;

/** The request's fields by their names, as the pages say them; what was too long for the trail is shown as it was cut. */
export function content(what: string, texts: Texts, w: (key: Word) => string, site: Site | undefined): string {
  try {
    return Object.entries(JSON.parse(what) as Record<string, unknown>)
      .filter(([name, value]) => !HIDDEN.has(name) && value !== "0 rows")
      .map(([name, value]) => `${named(name, texts, w)}: ${shown(name, value, texts, w, site)}`)
      .join(", ");
  } catch {
    return what;
  }
}

function named(name: string, texts: Texts, w: (key: Word) => string): string {
  const own = `audit.field.${name}`;
  return Object.hasOwn(vi, own) ? w(own as Word) : fieldName(name, texts);
}

function shown(name: string, value: unknown, texts: Texts, w: (key: Word) => string, site: Site | undefined): string {
  if (typeof value === "boolean") return w(value ? "audit.yes" : "audit.no");
  if (name === "priority" && typeof value === "number") return priorityWord(value, texts);
  if (typeof value !== "string") return JSON.stringify(value);
  const counted = /^(\d+) rows$/.exec(value);
  if (counted !== null) return w("audit.rows").replace("{count}", counted[1] ?? "");
  if (PLACES.has(name)) return texts.place(value, site);
  if (ROBOT.test(value) || name === "robot") return robotLabel(value);
  for (const key of [`${name}.${value}`, name === "kind" ? `zone.${value}` : ""]) if (isKey(key)) return texts.t(key);
  return value;
}
