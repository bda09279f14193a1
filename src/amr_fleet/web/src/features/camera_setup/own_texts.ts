import { usePageTexts } from "../../shared/i18n/texts";
import { en, vi } from "./own/texts";

export type SetupKey = keyof typeof vi;

export function useSetupTexts(): (key: SetupKey, facts?: Record<string, string | number | boolean | null>) => string {
  return usePageTexts<SetupKey>({ vi, en });
}

export function isSetupKey(key: string): key is SetupKey {
  return Object.hasOwn(vi, key);
}
