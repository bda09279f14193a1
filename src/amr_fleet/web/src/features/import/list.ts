import type { Own } from "./own_texts";
import type { OrderList } from "./api";

/** Reads what a person gives: a file's bytes as text, and the text as a table or as JSON. */

const LONGEST = 1_000_000;
const LARGEST_BOOK = 700_000; // bytes: a third more in base64

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

/** Whether a file is a workbook, by its first bytes: an .xlsx is a zip archive. */
export async function isBook(file: File): Promise<boolean> {
  const [p, k] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return p === 0x50 && k === 0x4b;
}

/** What to send for a workbook; raises BadList. */
export async function bookList(file: File): Promise<OrderList> {
  if (file.size > LARGEST_BOOK) throw new BadList("import.big_book");
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { xlsx: btoa(binary) };
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

/** The texts of rows that were sent as objects; of tables the answer says them. */
export function rowTexts(list: OrderList): string[] {
  return "rows" in list ? list.rows.map((row) => JSON.stringify(row)) : [];
}
