import "./styles.css";

import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useState } from "react";
import { useLocation } from "wouter";

import { api } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { textsFor, useLang, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { useDrawing } from "../map/drawing";
import { answersTo } from "./answers";
import { find, type Findable, type Found, words } from "./find";
import { useSearch } from "./open";
import { laneThings, loadThings, orderThings, placeThings, robotThings, visitThings } from "./things";

const PAUSE_MS = 200;
const LEAST_LETTERS = 2; // of a question to the server
const LONGEST = 64;

/** One line that finds everything; the pages are the shell's to name. */
export default function SearchPanel({ pages }: { pages: readonly Findable[] }) {
  const { t } = useTexts();
  const { open, setOpen } = useSearch();
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title={t("search.title")} size="lg" yOffset="8vh" closeButtonProps={{ "aria-label": t("close") }}>
      <Panel pages={pages} close={() => setOpen(false)} />
    </Modal>
  );
}

function Panel({ pages, close }: { pages: readonly Findable[]; close: () => void }) {
  const { t } = useTexts();
  const list = useId();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const { found, offline } = useFound(typed, pages);
  const answers = useAnswers(typed);
  const visit = useVisit(close);
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const key = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = found[at];
    if (step !== undefined && found.length > 0) setChosen((at + step + found.length) % found.length);
    else if (event.key === "Enter" && here !== undefined && !event.nativeEvent.isComposing) visit(here); // Telex composes words
    else return;
    event.preventDefault();
  };
  const change = (value: string): void => {
    setTyped(value);
    setChosen(0);
  };
  return (
    <div className="find">
      <TextInput
        data-autofocus
        size="md"
        maxLength={LONGEST}
        value={typed}
        aria-label={t("search.title")}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `${list}-${at}` : undefined}
        onChange={(e) => change(e.currentTarget.value)}
        onKeyDown={key}
      />
      {answers.length > 0 && <div className="find-answers">{answers}</div>}
      <ul className="find-list" id={list} role="listbox" aria-label={t("search.title")}>
        {found.map((one, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the text field's
          <li key={one.key} id={`${list}-${index}`} role="option" aria-selected={index === at} className={index === at ? "find-row find-here" : "find-row"} onClick={() => visit(one)}>
            <span className="find-kind">{t(`search.kind.${one.kind}`)}</span>
            <b>{one.title}</b>
            <span className="row-dim">{one.detail}</span>
          </li>
        ))}
      </ul>
      <p className="hint" role="status">
        {offline ? t("search.offline") : words(typed).length === 0 ? t("search.hint") : found.length === 0 ? t("search.none") : t("search.keys")}
      </p>
    </div>
  );
}

/** Everything that fits what is typed: what the page has, and what the server knows beside it. */
function useFound(typed: string, pages: readonly Findable[]): { found: Found[]; offline: boolean } {
  const lang = useLang((s) => s.lang);
  const site = useSite();
  const snapshot = useLive((s) => s.panel);
  const operator = useMayOperate();
  const [asked] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const ask = asked.length >= LEAST_LETTERS;
  const orders = useQuery({ queryKey: ["orders", "search"], queryFn: () => api.get("/api/v1/orders", { query: { state: "all", limit: 200 } }), enabled: ask, staleTime: 10_000 });
  const loads = useQuery({ queryKey: ["cargo", "search", asked], queryFn: () => api.get("/api/v1/cargo", { query: { search: asked } }), enabled: ask, placeholderData: keepPreviousData });
  const newest = useQuery({ queryKey: ["cargo", "search", ""], queryFn: () => api.get("/api/v1/cargo", { query: { search: "" } }), enabled: ask, staleTime: 10_000 });
  const visits = useQuery({ queryKey: ["visits"], queryFn: () => api.get("/api/v1/visits"), enabled: ask, staleTime: 10_000 });
  const things = useMemo(() => {
    const texts = textsFor(lang);
    const open = snapshot?.orders ?? [];
    const known = new Set(open.map((o) => o.order_id));
    const closed = (orders.data?.orders ?? []).filter((o) => !known.has(o.order_id));
    const cargo = new Map([...(newest.data?.cargo ?? []), ...(loads.data?.cargo ?? [])].map((load) => [load.load_id, load]));
    return [
      ...robotThings(snapshot?.robots ?? [], texts),
      ...placeThings(site, texts),
      ...orderThings([...open, ...closed], texts, site),
      ...loadThings([...cargo.values()], texts),
      ...visitThings(visits.data?.visits ?? [], texts, site),
      ...(operator ? laneThings(site, snapshot?.zones ?? [], texts) : []),
      ...pages,
    ];
  }, [snapshot, orders.data, newest.data, loads.data, visits.data, lang, site, pages, operator]);
  const found = useMemo(() => find(typed, things), [typed, things]);
  return { found, offline: ask && (orders.isError || loads.isError) };
}

function useAnswers(typed: string): ReactNode[] {
  const [asked] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const [said, setSaid] = useState<{ to: string; answers: ReactNode[] }>({ to: "", answers: [] });
  useEffect(() => {
    if (asked.length < LEAST_LETTERS) return;
    const stop = new AbortController();
    void answersTo(asked, stop.signal).then((answers) => {
      if (!stop.signal.aborted) setSaid({ to: asked, answers });
    });
    return () => stop.abort();
  }, [asked]);
  return said.to === typed.trim() ? said.answers : [];
}

/** Open what was found; a place is shown on the map, of a lane the form beside it. */
function useVisit(close: () => void): (found: Found) => void {
  const [, go] = useLocation();
  const lookAt = useFocus((s) => s.lookAt);
  return ({ href, spot, lane }) => {
    close();
    go(href);
    if (lane !== undefined) {
      useDrawing.getState().choose([lane]);
      useFocus.getState().setTab("zones");
    }
    if (spot !== undefined) window.setTimeout(() => lookAt([spot[0], spot[1]]), 100); // the map must be there to move
  };
}
