import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./words/texts";

const WORDS = { vi, en };

export function useWords() {
  return usePageTexts(WORDS);
}
