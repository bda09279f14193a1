import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

/** The texts of this part in the language of the page. */
export function useComputerTexts() {
  return usePageTexts<keyof typeof vi>({ vi, en });
}
