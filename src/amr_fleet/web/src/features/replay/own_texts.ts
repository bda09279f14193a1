import { en as eventsEn, type EventKey, vi as eventsVi } from "../../shared/i18n/events";
import { type OwnTexts, useTextsWith } from "../../shared/i18n/own";
import { en, vi } from "./own/texts";

type Own = keyof typeof vi | EventKey;
export type Texts = OwnTexts<Own>;

const OWN = { vi: { ...eventsVi, ...vi }, en: { ...eventsEn, ...en } };

export function useOwnTexts(): Texts {
  return useTextsWith<Own>(OWN);
}
