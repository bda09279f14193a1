import { type OwnTexts, useTextsWith } from "../../shared/i18n/own";
import * as demand from "./demand/texts";
import * as findings from "./lint/texts";
import { en, vi } from "./own/texts";

const OWN = { vi: { ...vi, ...demand.vi, ...findings.vi }, en: { ...en, ...demand.en, ...findings.en } };

export type LayoutKey = keyof typeof OWN.vi;
export type LayoutTexts = OwnTexts<LayoutKey>;

export function useLayoutTexts(): LayoutTexts {
  return useTextsWith<LayoutKey>(OWN);
}

export function isLayoutKey(key: string): key is LayoutKey {
  return Object.hasOwn(OWN.vi, key);
}
