import { type OwnTexts as Both, useTextsWith } from "../../shared/i18n/own";
import { en, vi } from "./texts";

type Own = keyof typeof vi;
export type OwnTexts = Both<Own>;

export function isOwn(key: string): key is Own {
  return Object.hasOwn(vi, key);
}

export function useOwnTexts(): Both<Own> {
  return useTextsWith<Own>({ vi, en });
}
