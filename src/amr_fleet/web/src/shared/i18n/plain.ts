/** Lower case without diacritics, as who types in a hurry writes Vietnamese. */
export function plain(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("\u0111", "d"); // d with a stroke is a letter, not a d with a mark
}
