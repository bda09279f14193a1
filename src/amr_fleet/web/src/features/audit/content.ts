import type { Site } from "../../shared/api/types";
import { fieldName, isKey, robotLabel, type Texts } from "../../shared/i18n/texts";
import { priorityWord } from "../order_form/priority";
import type { Word } from "./hooks";
import { vi } from "./words/texts";

/** Fields that name a place; others that are no word for a person: the key that keeps a form from being sent twice. */
const PLACES = new Set(["pick_place", "drop_place", "place", "to_place"]);
const HIDDEN = new Set(["key"]);
const LISTS: Record<string, string> = { closed_places: "place" };
const ROBOT = /^[a-z]+_\d+$/;

type Fields = Record<string, unknown>;
interface Told {
  texts: Texts;
  w: (key: Word) => string;
  site: Site | undefined;
  most: number;
}

/**
 * The request's fields by their names, as the pages say them, of a list the first `most` names; what was too long for the trail is
 * shown as it was cut.
 */
export function content(what: string, texts: Texts, w: (key: Word) => string, site: Site | undefined, most = Infinity): string {
  try {
    return fields(JSON.parse(what) as Fields, { texts, w, site, most });
  } catch {
    return what;
  }
}

function fields(values: Fields, told: Told): string {
  return Object.entries(values)
    .filter(([name, value]) => !HIDDEN.has(name) && value !== "0 rows" && value !== null)
    .map(([name, value]) => `${named(name, told)}: ${shown(name, value, told)}`)
    .join(", ");
}

function named(name: string, { texts, w }: Told): string {
  const own = `audit.field.${name}`;
  return Object.hasOwn(vi, own) ? w(own as Word) : fieldName(name, texts);
}

function shown(name: string, value: unknown, told: Told): string {
  const { texts, w, site } = told;
  if (typeof value === "boolean") return w(value ? "audit.yes" : "audit.no");
  if (name === "priority" && typeof value === "number") return priorityWord(value, texts);
  if (Array.isArray(value)) return list(name, value, told);
  if (typeof value === "number" && name.endsWith("_s")) return value === 0 ? w("audit.unset") : texts.age(value);
  if (typeof value !== "string") return JSON.stringify(value);
  const counted = /^(\d+) rows$/.exec(value);
  if (counted !== null) return w("audit.rows").replace("{count}", counted[1] ?? "");
  if (PLACES.has(name)) return texts.place(value, site);
  if (ROBOT.test(value) || name === "robot") return robotLabel(value);
  for (const key of [`${name}.${value}`, name === "kind" ? `zone.${value}` : ""]) if (isKey(key)) return texts.t(key);
  return value;
}

function list(name: string, values: unknown[], told: Told): string {
  if (values.some((one) => typeof one !== "string")) return values.map((one) => `(${fields(one as Fields, told)})`).join(", ");
  const last = /^\+(\d+)$/.exec(String(values[values.length - 1])); // the trail itself had room for no more
  const names = last === null ? values : values.slice(0, -1);
  const more = Math.max(0, names.length - told.most) + Number(last?.[1] ?? 0);
  const said = names.slice(0, told.most).map((one) => shown(LISTS[name] ?? name, one, told)).join(", ");
  return more > 0 ? `${said} +${more}` : said;
}
