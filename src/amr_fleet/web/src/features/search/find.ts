/** Finding by what people type: without diacritics, without leading zeros, with the words of the port. Nothing here knows React. */

import { plain } from "../../shared/i18n/plain";

export type Kind = "robot" | "order" | "load" | "visit" | "place" | "lane" | "page";

export interface Found {
  key: string;
  kind: Kind;
  title: string;
  detail: string;
  href: string;
  /** Where the map should look, metres of the site. */
  spot?: readonly [number, number];
  /** A lane that can be closed, held or slowed down: the form for that opens. */
  lane?: string;
}

/** Something that can be found: title, detail and these words are looked through. */
export interface Findable extends Found {
  words: readonly string[];
}

const MOST = 12;
const DIGITS_INSIDE = 4; // that many digits are sought inside numbers, too: the end of an SSCC, of a container

/** What people say, and what stands on the screen; all as folded words. */
const PORT_WORDS: Readonly<Record<string, string>> = {
  agv: "robot",
  amr: "robot",
  xe: "robot",
  may: "robot",
  dock: "cua",
  gate: "cong",
  cont: "container",
  congtenono: "container",
  congteno: "container",
  palet: "pallet",
  kien: "pallet",
  ma: "pallet",
  lenh: "don",
  order: "don",
  bai: "san",
  ke: "ke",
  rack: "ke",
  lo: "lo",
  block: "lo",
  tram: "sac",
  charger: "sac",
  do: "park",
  dau: "park",
};

/** Lower case without diacritics, in words of letters and of digits; digits without leading zeros. */
export function words(text: string): string[] {
  const spoken = plain(text)
    .replace(/cong[ -]?te[ -]?no/g, "container")
    .replace(/pa[ -]?l[ae]t/g, "pallet");
  return (spoken.match(/[a-z]+|\d+/g) ?? []).map((word) => (/^\d/.test(word) ? word.replace(/^0+(?=\d)/, "") : word));
}

/** How well a typed word fits one of a thing: 3 the same, 2 its beginning, 1 inside a long number, 0 not at all. */
function fit(typed: string, own: string): number {
  if (typed === own) return 3;
  if (/^\d/.test(typed)) {
    if (typed.length < DIGITS_INSIDE) return 0;
    return own.startsWith(typed) ? 2 : own.includes(typed) ? 1 : 0;
  }
  return own.startsWith(typed) ? 2 : 0;
}

function best(typed: string, own: readonly string[]): number {
  const said = PORT_WORDS[typed];
  return own.reduce((most, word) => Math.max(most, fit(typed, word), said === undefined ? 0 : fit(said, word)), 0);
}

/** The things that have every typed word, the best first; as they came where they fit equally well. */
export function find(typed: string, things: readonly Findable[], most = MOST): Findable[] {
  const wanted = words(typed);
  if (wanted.length === 0) return [];
  const joined = wanted.join("");
  const scored = things.flatMap((thing) => {
    const title = words(thing.title);
    const own = [...title, ...thing.words.flatMap(words), thing.kind === "load" ? "pallet" : "", thing.kind === "robot" ? "robot" : "", thing.kind === "order" ? "don" : ""];
    const fits = wanted.map((word) => best(word, own));
    if (fits.includes(0)) return [];
    const named = wanted.every((word) => best(word, title) > 0);
    const exact = title.join("") === joined || thing.words.some((word) => words(word).join("") === joined);
    return [{ thing, score: fits.reduce((a, b) => a + b, 0) / fits.length + (exact ? 3 : 0) + (named ? 1 : 0) }];
  });
  return scored.sort((a, b) => b.score - a.score).slice(0, most).map(({ thing }) => thing);
}
