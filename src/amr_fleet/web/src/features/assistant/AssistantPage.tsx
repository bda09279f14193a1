import "./styles.css";

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { isKey, type Key, useTexts } from "../../shared/i18n/texts";
import { assistantApi, type Said } from "./api";

/** Seconds that a proposal waits for its button, as the server counts them. */
const LASTS = 60;
const SHOWN = 12;

interface Turn {
  id: number;
  asked: string;
  said: Said;
  at: number;
}

/** A conversation with the assistant: questions, answers with their tables, proposals with a button each. */
export default function AssistantPage() {
  const { t } = useTexts();
  const [typed, setTyped] = useState("");
  const [turns, setTurns] = useState<Turn[]>([]);
  const end = useRef<HTMLDivElement>(null);
  const ask = useCommand(async (text: string) => ({ text, said: await assistantApi.ask(text) }), ({ text, said }) => {
    setTurns((old) => [...old, { id: old.length, asked: text, said, at: Date.now() }]);
    setTyped("");
  });
  useEffect(() => {
    // In braces: new browsers return a promise here, and React would call it when the page goes.
    void end.current?.scrollIntoView({ block: "end" });
  }, [turns.length]);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (typed.trim() !== "" && !ask.isPending) ask.mutate(typed.trim());
  };
  return (
    <main className="page">
      <div className="page-wide assistant">
        <div className="page-head">
          <h2>{t("assistant.title")}</h2>
        </div>
        <p className="assistant-about">{t("assistant.about")}</p>
        <ol className="assistant-talk" aria-live="polite" aria-label={t("assistant.talk")}>
          {turns.map((turn) => (
            <li key={turn.id}>
              <p className="assistant-asked">
                <b>{t("assistant.you")}</b> {turn.asked}
              </p>
              <Spoken turn={turn} />
            </li>
          ))}
        </ol>
        <div ref={end} />
        <form className="assistant-form" onSubmit={send}>
          <TextInput aria-label={t("assistant.ask")} placeholder={t("assistant.placeholder")} value={typed} maxLength={400} onChange={(e) => setTyped(e.currentTarget.value)} />
          <Button type="submit" loading={ask.isPending}>
            {t("assistant.send")}
          </Button>
        </form>
      </div>
    </main>
  );
}

function Spoken({ turn }: { turn: Turn }) {
  const { t } = useTexts();
  const { said } = turn;
  return (
    <div className="assistant-said">
      <p>
        <b>{t("assistant.it")}</b> {said.text}
      </p>
      {said.executed.length > 0 && <p className="assistant-done">{t("assistant.at_once")}</p>}
      {said.choices.length > 0 && (
        <ul>
          {said.choices.map((choice) => (
            <li key={choice}>{choice}</li>
          ))}
        </ul>
      )}
      {said.results.map((result, index) => (
        <div key={index}>
          {result.rows.length > 1 && <Rows rows={result.rows} />}
          {result.link !== "" && <Link href={result.link}>{t("assistant.open")}</Link>}
        </div>
      ))}
      {said.executed.length === 0 && said.proposals.map((proposal) => <Proposed key={proposal.proposal_id} proposal={proposal} at={turn.at} />)}
    </div>
  );
}

function Rows({ rows }: { rows: Said["results"][number]["rows"] }) {
  const { t } = useTexts();
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name] !== ""));
  return (
    <div className="assistant-rows">
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {isKey(`assistant.col.${name}`) ? t(`assistant.col.${name}` as Key) : ""}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, index) => (
            <tr key={index}>
              {names.map((name) => (
                <td key={name}>{shown(row[name])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p>{t("assistant.more", { count: rows.length - SHOWN })}</p>}
    </div>
  );
}

function shown(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function Proposed({ proposal, at }: { proposal: Said["proposals"][number]; at: number }) {
  const { t } = useTexts();
  const [left, setLeft] = useState(LASTS);
  const [done, setDone] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil(LASTS - (Date.now() - at) / 1000))), 500);
    return () => clearInterval(timer);
  }, [at]);
  const confirm = useCommand(() => assistantApi.confirm(proposal.proposal_id), () => setDone(true));
  if (done) return <p className="assistant-done">{t("assistant.done", { text: proposal.text })}</p>;
  return (
    <div className="assistant-proposal">
      <span>{proposal.text}</span>
      {left > 0 ? (
        <>
          <span className="assistant-left">{t("assistant.seconds", { seconds: left })}</span>
          <Button onClick={() => confirm.mutate(undefined)} loading={confirm.isPending} disabled={confirm.isError}>
            {t("assistant.confirm")}
          </Button>
        </>
      ) : (
        <span className="assistant-left">{t("assistant.over")}</span>
      )}
    </div>
  );
}
