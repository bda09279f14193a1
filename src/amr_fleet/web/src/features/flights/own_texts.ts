import { type OwnTexts as Both, useTextsWith } from "../../shared/i18n/own";
import * as inspect from "./inspect/texts";
import * as count from "./texts";

const vi = { ...count.vi, ...inspect.vi };
const en = { ...count.en, ...inspect.en };

type Own = keyof typeof vi;
export type OwnTexts = Both<Own>;

export function isOwn(key: string): key is Own {
  return Object.hasOwn(vi, key);
}

export function useOwnTexts(): OwnTexts {
  return useTextsWith<Own>({ vi, en });
}

/** Why a flight ended or turned: the server gives the code alone, so texts with figures in them have a shorter form here. */
export function whyText({ t, code }: OwnTexts, why: string, flight: string): string {
  const short = `flights.why.${why.replace("flight.", "")}`;
  return isOwn(short) ? t(short) : code(why, { flight });
}
