import { type OwnTexts, useTextsWith } from "../../shared/i18n/own";
import { en, vi } from "./own/texts";

export type Own = keyof typeof vi;

export function isOwn(key: string): key is Own {
  return Object.hasOwn(vi, key);
}

export function useOwnTexts(): OwnTexts<Own> {
  return useTextsWith<Own>({ vi, en });
}
