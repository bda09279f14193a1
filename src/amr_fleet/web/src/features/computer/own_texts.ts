import type { Facts } from "../../shared/api/types";
import { fill, useLang } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

/** The texts of this part in the language of the page. */
export function useComputerTexts(): (key: keyof typeof vi, facts?: Facts) => string {
  const lang = useLang((s) => s.lang);
  return (key, facts = {}) => fill((lang === "vi" ? vi : en)[key], facts);
}
