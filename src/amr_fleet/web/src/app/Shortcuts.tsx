import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";

import { joinSearch } from "../features/assistant/AskInstead";
import { useAssistant } from "../features/assistant/open";
import { useSearch } from "../features/search/open";
import type { Findable } from "../features/search/find";
import { useLang, useTexts } from "../shared/i18n/texts";
import { useMe } from "../shared/session/me";
import { mayUse } from "../shared/session/roles";
import { useDialogs } from "../shared/ui/dialogs";
import { useFocus } from "../shared/ui/focus";
import { lazyPart } from "../shared/ui/lazy_page";
import { isTyping, KeyReader } from "./keys";
import { LETTERS } from "./letters";
import { useLetters } from "./letters_switch";
import { PAGES } from "./routes";

const SearchPanel = lazyPart(() => import("../features/search/SearchPanel"), true);
const AssistantPanel = lazyPart(() => import("../features/assistant/AssistantPanel"), true);
const KeysSheet = lazyPart(() => import("./KeysSheet"), true);

/** The keys, the search panel and the sheet of keys, on every page. */
export function Shortcuts() {
  const { t } = useTexts();
  const lang = useLang((s) => s.lang);
  const role = useMe().data?.role;
  const pages = useMemo(
    () => PAGES.flatMap((page): Findable[] => (page.label === undefined || !mayUse(page.role, role) ? [] : [{ key: `page ${page.path}`, kind: "page", title: t(page.label), detail: "", href: page.path, words: [] }])),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the texts change with the language
    [lang, role],
  );
  useKeys(pages);
  const search = useEver(useSearch((s) => s.open));
  const assistant = useEver(useAssistant((s) => s.open));
  useEffect(joinSearch, []);
  const sheet = useEver(useLetters((s) => s.sheet));
  return (
    <>
      {search && <SearchPanel pages={pages} />}
      {assistant && <AssistantPanel />}
      {sheet && <KeysSheet pages={pages} />}
    </>
  );
}

/** Once open it stays, so that it can slide away. */
function useEver(open: boolean): boolean {
  const [ever, setEver] = useState(open);
  if (open && !ever) setEver(true);
  return ever;
}

function useKeys(pages: readonly Findable[]): void {
  const [, go] = useLocation();
  useEffect(() => {
    const reader = new KeyReader();
    const press = (event: KeyboardEvent): void => {
      const busy = useDialogs.getState().question !== null || document.querySelector("[role=dialog]") !== null;
      const typing = busy || isTyping(event.target);
      const meant = reader.read({ key: event.key, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, typing }, performance.now(), useLetters.getState().on);
      if (meant === null || event.repeat) return;
      event.preventDefault();
      if (meant.what === "search") useSearch.getState().setOpen(true);
      else if (meant.what === "help") useLetters.setState({ sheet: true });
      else if (meant.what === "new_order") {
        go("/");
        useFocus.getState().setTab("new");
      } else if (meant.what === "pause_all") document.querySelector<HTMLElement>(".pause-all")?.click();
      else {
        const page = pages.find((one) => LETTERS[one.href] === meant.letter);
        if (page !== undefined) go(page.href);
      }
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [go, pages]);
}
