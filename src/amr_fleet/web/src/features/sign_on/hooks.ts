import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { asApiError } from "../../shared/api/request";
import { usePageTexts, useTexts } from "../../shared/i18n/texts";
import { signOnApi } from "./api";
import { outcome, type Outcome } from "./outcome";
import { en, vi } from "./words/texts";

const WORDS = { vi, en };

/** Its own texts in the chosen language. */
export function useWords() {
  return usePageTexts(WORDS);
}

/** What the button says, null where nobody logs in over a provider. */
export function useLabel(): string | null {
  return useQuery({ queryKey: ["sign-on"], queryFn: signOnApi.shown, staleTime: Infinity, retry: false }).data?.label ?? null;
}

/** Try something; fault: what went wrong, in words. It stays busy where all went well, since the browser leaves. */
export function useTry() {
  const { code } = useTexts();
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (run: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      await run();
    } catch (failure) {
      const error = asApiError(failure);
      setFault(code(error.code, error.facts));
      setBusy(false);
    }
  };
  return { attempt, busy, fault };
}

/** What came of the way to the provider, once: the address forgets it. */
export function useOutcome(): Outcome | null {
  const [came] = useState(() => outcome(window.location.search));
  useEffect(() => {
    if (came !== null) window.history.replaceState(null, "", window.location.pathname);
  }, [came]);
  return came;
}
