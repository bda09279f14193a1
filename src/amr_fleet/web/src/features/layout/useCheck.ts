import { useEffect, useRef, useState } from "react";

import { asApiError, type ApiError } from "../../shared/api/request";
import type { LayoutJudged } from "../../shared/api/types";
import { layoutApi } from "./api";
import type { Parts } from "./parts";

const REST_MS = 500;

export interface Check {
  judged: LayoutJudged | null;
  /** What is shown is of an older draft. */
  running: boolean;
  error: ApiError | null;
}

/** What is wrong with the draft: asked when nobody has changed it for half a second, one question at a time. */
export function useCheck(parts: Parts): Check {
  const [done, setDone] = useState<{ of: Parts; judged: LayoutJudged | null; error: ApiError | null } | null>(null);
  const asked = useRef<Parts | null>(null);
  const waiting = useRef(false);
  const [answers, setAnswers] = useState(0);
  useEffect(() => {
    // A slow answer is waited for, and then the newest draft is asked about: a row of questions would be refused.
    if (waiting.current || asked.current === parts) return;
    const timer = window.setTimeout(() => {
      [asked.current, waiting.current] = [parts, true];
      void layoutApi
        .check(parts)
        .then(
          (judged) => setDone({ of: parts, judged, error: null }),
          (failure: unknown) => setDone((old) => ({ of: parts, judged: old?.judged ?? null, error: asApiError(failure) })),
        )
        .finally(() => {
          waiting.current = false;
          setAnswers((count) => count + 1);
        });
    }, REST_MS);
    return () => window.clearTimeout(timer);
  }, [parts, answers]);
  return { judged: done?.judged ?? null, running: done?.of !== parts, error: done?.error ?? null };
}
