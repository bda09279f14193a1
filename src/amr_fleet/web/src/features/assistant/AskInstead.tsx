import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { useTexts } from "../../shared/i18n/texts";
import { addAnswerer } from "../search/answers";
import { useSearch } from "../search/open";
import { useAssistant } from "./open";

const LEAST_WORDS = 2;

/** In the search panel: the same words as a question. Nothing is asked while somebody types, only when the button is pressed. */
function AskInstead({ typed }: { typed: string }) {
  const { t } = useTexts();
  const ask = useAssistant((s) => s.ask);
  const close = useSearch((s) => s.setOpen);
  const press = (): void => {
    close(false);
    ask(typed);
  };
  return (
    <Button variant="subtle" onClick={press}>
      {t("assistant.ask_instead", { text: typed })}
    </Button>
  );
}

export function asksInstead(typed: string): Promise<ReactNode | null> {
  return Promise.resolve(typed.split(/\s+/).length < LEAST_WORDS ? null : <AskInstead key="assistant" typed={typed} />);
}

/** Returns how to take it away again. */
export const joinSearch = (): (() => void) => addAnswerer(asksInstead);
