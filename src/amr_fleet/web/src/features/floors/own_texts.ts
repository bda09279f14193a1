import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

export function useFloorTexts(): (key: keyof typeof vi, facts?: Record<string, string | number | boolean | null>) => string {
  return usePageTexts<keyof typeof vi>({ vi, en });
}
