import { PAGES } from "./routes";

/** After G: the letter of each page, by its path. */
export const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(PAGES.flatMap(({ path, letter }) => (letter === undefined ? [] : [[path, letter]])));
