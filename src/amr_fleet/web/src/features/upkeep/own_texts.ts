import { type OwnTexts, useTextsWith } from "../../shared/i18n/own";
import { en, vi } from "./texts";

export type Own = keyof typeof vi;

export function useOwnTexts(): OwnTexts<Own> {
  return useTextsWith<Own>({ vi, en });
}
