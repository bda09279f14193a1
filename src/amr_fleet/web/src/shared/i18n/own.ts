import type { Facts } from "../api/types";
import { fill, type Key, type Lang, type Texts, useTexts } from "./texts";

/** The texts of all pages and those of one page, which come with it and not with the first load. */
export interface OwnTexts<K extends string> extends Omit<Texts, "t"> {
  t: (key: Key | K, facts?: Facts) => string;
}

export function useTextsWith<K extends string>(own: Record<Lang, Record<K, string>>): OwnTexts<K> {
  const texts = useTexts();
  const isOwn = (key: string): key is K => Object.hasOwn(own.vi, key);
  return { ...texts, t: (key, facts = {}) => (isOwn(key) ? fill(own[texts.lang][key], facts) : texts.t(key, facts)) };
}
