import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./words/texts";

const WORDS = { vi, en };

/** The page's own texts in the chosen language: they come with the page, not with the first load. */
export function useWords() {
  return usePageTexts(WORDS);
}
