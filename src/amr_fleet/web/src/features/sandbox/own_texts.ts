import type { Facts } from "../../shared/api/types";
import { fill, type Key, type Texts, useTexts } from "../../shared/i18n/texts";
import { en, vi } from "./texts";

type Own = keyof typeof vi;

export interface OwnTexts extends Omit<Texts, "t"> {
  t: (key: Key | Own, facts?: Facts) => string;
}

export function isOwn(key: string): key is Own {
  return Object.hasOwn(vi, key);
}

/** The texts of this page, which come with it and not with the first page, beside those of all pages. */
export function useOwnTexts(): OwnTexts {
  const texts = useTexts();
  const own = texts.lang === "en" ? en : vi;
  return { ...texts, t: (key, facts = {}) => (isOwn(key) ? fill(own[key], facts) : texts.t(key, facts)) };
}
