import { type OwnTexts as Both, useTextsWith } from "../../shared/i18n/own";
import { en, vi } from "./own/texts";

type Own = keyof typeof vi;
export type OwnTexts = Both<Own>;

export function useOwnTexts(): OwnTexts {
  return useTextsWith<Own>({ vi, en });
}
