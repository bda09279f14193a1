import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

/** The texts of this page in its language. */
export function useWebhookTexts() {
  return usePageTexts<keyof typeof vi>({ vi, en });
}
