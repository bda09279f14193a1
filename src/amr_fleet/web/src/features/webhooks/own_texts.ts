import type { Facts } from "../../shared/api/types";
import { fill, useLang } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

/** The texts of this page in its language. */
export function useWebhookTexts(): (key: keyof typeof vi, facts?: Facts) => string {
  const lang = useLang((s) => s.lang);
  return (key, facts = {}) => fill((lang === "vi" ? vi : en)[key], facts);
}
