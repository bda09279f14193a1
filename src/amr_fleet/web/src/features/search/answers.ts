import type { ReactNode } from "react";

/**
 * The one place where others add to the search panel. An answerer is asked with what was typed, after a pause in typing; what
 * it gives stands above what was found. It may be slow and may fail: the panel does not wait for it.
 */
export type Answerer = (typed: string, signal: AbortSignal) => Promise<ReactNode | null>;

const answerers: Answerer[] = [];

/** Returns how to take it away again. */
export function addAnswerer(answerer: Answerer): () => void {
  answerers.push(answerer);
  return () => {
    const at = answerers.indexOf(answerer);
    if (at >= 0) answerers.splice(at, 1);
  };
}

/** What all answerers say; one that fails or has nothing to say is left out. */
export async function answersTo(typed: string, signal: AbortSignal): Promise<ReactNode[]> {
  const said = await Promise.all(answerers.map((answerer) => answerer(typed, signal).catch(() => null)));
  return signal.aborted ? [] : said.filter((node) => node !== null);
}
