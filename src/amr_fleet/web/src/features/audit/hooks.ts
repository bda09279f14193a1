import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./words/texts";

export type Word = keyof typeof vi;
const WORDS = { vi, en };

/** The page's own texts in the chosen language: they come with the page, not with the first load. */
export function useWords() {
  return usePageTexts(WORDS);
}

/** Whether the page has a word for this action. */
export function isWord(key: string): key is Word {
  return Object.hasOwn(vi, key);
}
