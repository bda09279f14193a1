import type { Own } from "./own_texts";
import type { OrderList } from "./api";

/** Reads what a person gives: a file's bytes as text, and the text as a table or as JSON. */

const LONGEST = 1_000_000;

/** A list that cannot be read; key is its sentence. */
export class BadList extends Error {
  constructor(readonly key: Own) {
    super(key);
  }
}

/** The text of a file in UTF-8 or, as Excel's "Unicode text", UTF-16; raises BadList. */
export async function fileText(file: File): Promise<string> {
  if (file.size > LONGEST) throw new BadList("import.big_file");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new BadList("import.bad_file");
  }
}

/** What to send for a text; JSON begins with a bracket. Raises BadList. */
export function toList(text: string): OrderList {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST) throw new BadList("import.big_file");
  if (trimmed === "") throw new BadList("import.empty");
  if (!/^[[{]/.test(trimmed)) return { csv: trimmed };
  let json: unknown;
  try {
    json = JSON.parse(trimmed);
  } catch {
    throw new BadList("import.bad_json");
  }
  const rows: unknown = Array.isArray(json) ? json : (json as { rows?: unknown }).rows;
  if (!Array.isArray(rows)) throw new BadList("import.bad_json");
  if (rows.length === 0) throw new BadList("import.no_rows");
  return { rows: rows as Record<string, unknown>[] };
}

/** Each row's own text, to find it again; none when quoted cells may hold line ends. */
export function rowTexts(list: OrderList): string[] {
  if ("rows" in list) return list.rows.map((row) => JSON.stringify(row));
  if (list.csv.includes('"')) return [];
  return list.csv
    .split(/\r?\n/)
    .filter((line) => /[^\s,;]/.test(line))
    .slice(1)
    .map((line) => line.replace(/[;\t]/g, " · "));
}
