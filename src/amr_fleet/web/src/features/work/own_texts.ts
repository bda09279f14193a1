import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

export type Own = keyof typeof vi;

export function useWorkTexts() {
  return usePageTexts<Own>({ vi, en });
}
