import "./styles.css";

import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useMayOperate, useMe } from "../../shared/session/me";
import { Answer } from "./Answer";
import { assistantApi } from "./api";
import { useAssistant } from "./open";
import { useOwnTexts } from "./own_texts";
import { patiently } from "./patient";
import { Proposed } from "./Proposed";
import { useTalk } from "./talk";

const LOOK_MS = 5_000;

interface Question {
  text: string;
  model?: boolean;
  /** The answer that asked back, where text is one of its choices. */
  of?: number;
}

/** The conversation of this shift, what programs propose, suggestions and the line to type in; on its page and in its panel. */
export function Talk() {
  const { t } = useOwnTexts();
  const [typed, setTyped] = useState("");
  const { turns, add } = useTalk();
  const { first, taken } = useAssistant();
  const end = useRef<HTMLDivElement>(null);
  useHistory();
  const [busy, setBusy] = useState("");
  const run = async ({ text, model = false, of }: Question) => {
    try {
      return { text, said: await patiently(() => (of === undefined ? assistantApi.ask(text, model) : assistantApi.choose(of, text)), setBusy) };
    } finally {
      setBusy("");
    }
  };
  const ask = useCommand(run, ({ text, said }) => {
    add({ id: said.id, asked: text, said, at: Date.now() });
    setTyped("");
  });
  const { mutate } = ask;
  useEffect(() => {
    if (first === "") return;
    taken();
    mutate({ text: first });
  }, [first, taken, mutate]);
  useEffect(() => {
    // In braces: new browsers return a promise here, and React would call it when the page goes.
    void end.current?.scrollIntoView({ block: "end" });
  }, [turns.length]);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() !== "" && !ask.isPending) ask.mutate({ text: typed.trim() });
  };
  const suggested = useSuggestions(turns.length);
  const last = turns.at(-1);
  return (
    <>
      <ol className="assistant-talk" aria-live="polite" aria-label={t("assistant.talk")}>
        {turns.map((turn) => (
          <li key={turn.id}>
            <p className="assistant-asked">
              <b>{t("assistant.you")}</b> {turn.asked}
            </p>
            <Answer turn={turn} choose={(of, text) => !ask.isPending && mutate({ text, of })} />
          </li>
        ))}
      </ol>
      <Programs />
      <div ref={end} />
      {suggested.model && last !== undefined && last.said.why !== "model" && (
        <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate({ text: last.asked, model: true })}>
          {t("assistant.ask_model")}
        </Button>
      )}
      <Suggestions ask={(text) => !ask.isPending && ask.mutate({ text })} questions={suggested.questions} />
      {busy !== "" && <p role="status">{busy === "assistant.loading" ? t("assistant.loading") : t("assistant.busy")}</p>}
      <form className="assistant-form" onSubmit={send}>
        <TextInput aria-label={t("assistant.ask")} placeholder={t("assistant.placeholder")} value={typed} maxLength={400} onChange={(e) => setTyped(e.currentTarget.value)} />
        <Button type="submit" loading={ask.isPending}>
          {t("assistant.send")}
        </Button>
      </form>
    </>
  );
}

/** What this person asked before this page was loaded. */
function useHistory(): void {
  const user = useMe().data?.user ?? "";
  const begin = useTalk((s) => s.begin);
  const history = useQuery({ queryKey: ["assistant", "history", user], queryFn: () => assistantApi.history(), staleTime: Infinity, enabled: user !== "" });
  const turns = history.data?.turns;
  useEffect(() => {
    if (user !== "") begin(user, (turns ?? []).map((turn) => ({ id: turn.id, asked: turn.asked, said: turn.said, at: 0 })));
  }, [user, turns, begin]);
}

/** Questions worth asking now, and whether there is a language model to ask. */
function useSuggestions(count: number) {
  const found = useQuery({ queryKey: ["assistant", "suggestions", count], queryFn: () => assistantApi.suggestions(), staleTime: LOOK_MS });
  return found.data ?? { questions: [], model: false };
}

function Suggestions({ ask, questions }: { ask: (question: string) => void; questions: string[] }) {
  const { t } = useOwnTexts();
  return (
    <div className="assistant-suggested" role="group" aria-label={t("assistant.suggested")}>
      {questions.map((question) => (
        <Button key={question} variant="default" size="compact-md" onClick={() => ask(question)}>
          {question}
        </Button>
      ))}
    </div>
  );
}

/** What programs propose to this person over MCP. */
function Programs() {
  const { t } = useOwnTexts();
  const may = useMayOperate();
  const waiting = useQuery({ queryKey: ["assistant", "proposals"], queryFn: () => assistantApi.proposals(), refetchInterval: LOOK_MS, enabled: may });
  const found = waiting.data?.proposals ?? [];
  if (found.length === 0) return null;
  return (
    <div className="assistant-said">
      <p>
        <b>{t("assistant.programs")}</b>
      </p>
      {found.map((proposal) => (
        <Proposed key={proposal.proposal_id} proposal={proposal} at={waiting.dataUpdatedAt} />
      ))}
    </div>
  );
}
