import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { assistantApi, type Said } from "./api";
import { Bars } from "./Bars";
import { chartOf } from "./chart";
import { isOwn, type Own, useOwnTexts } from "./own_texts";
import { Proposed } from "./Proposed";
import type { Turn } from "./talk";

const SHOWN = 12;
type Choose = (id: number, choice: string) => void;

/** What was said to one question: text, tables with links, proposals, and a button for what was wrong. */
export function Answer({ turn, choose }: { turn: Turn; choose: Choose }) {
  const { t } = useOwnTexts();
  const { said } = turn;
  return (
    <div className="assistant-said">
      <p>
        <b>{t("assistant.it")}</b> {said.text}
      </p>
      {said.executed.length > 0 && <p className="assistant-done">{t("assistant.at_once")}</p>}
      {said.choices.length > 0 && <Choices said={said} choose={choose} />}
      {said.results.map((result, index) => (
        <div key={index}>
          {result.rows.length > 1 && <Rows rows={result.rows} />}
          {result.link !== "" && (
            <p>
              <Link href={result.link}>{t("assistant.open")}</Link> {result.at !== "" && <span className="assistant-left">{t("assistant.as_of", { time: result.at.slice(11, 16) })}</span>}
            </p>
          )}
        </div>
      ))}
      {turn.at > 0 && said.executed.length === 0 && said.proposals.map((proposal) => <Proposed key={proposal.proposal_id} proposal={proposal} at={turn.at} />)}
      <Wrong id={said.id} />
    </div>
  );
}

/** What may be meant: a button where a press says it all, else what was understood so far. */
function Choices({ said, choose }: { said: Said; choose: Choose }) {
  const { t } = useOwnTexts();
  const known = said.choices.filter((_, at) => said.whole[at] !== true);
  return (
    <>
      {known.length > 0 && (
        <ul>
          {known.map((choice) => (
            <li key={choice}>{choice}</li>
          ))}
        </ul>
      )}
      <div className="assistant-suggested assistant-choices" role="group" aria-label={t("assistant.choices")}>
        {said.choices.map((choice, at) =>
          said.whole[at] === true ? (
            <Button key={choice} variant="default" onClick={() => choose(said.id, choice)}>
              {choice}
            </Button>
          ) : null,
        )}
      </div>
    </>
  );
}

/** One click tells that an answer was wrong; somebody looks at it later. */
function Wrong({ id }: { id: number }) {
  const { t } = useOwnTexts();
  const [told, setTold] = useState(false);
  const report = useCommand(() => assistantApi.wrong(id), () => setTold(true));
  if (told) return <p className="assistant-left">{t("assistant.wrong_done")}</p>;
  return (
    <Button variant="subtle" size="compact-sm" className="assistant-wrong" loading={report.isPending} onClick={() => report.mutate(undefined)}>
      {t("assistant.wrong")}
    </Button>
  );
}

function Rows({ rows }: { rows: Said["results"][number]["rows"] }) {
  const { t } = useOwnTexts();
  const names = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => row[name] !== ""));
  const chart = chartOf(rows);
  return (
    <div className="assistant-rows">
      {chart && <Bars chart={chart} title={column(chart.of, t)} />}
      <table>
        <thead>
          <tr>
            {names.map((name) => (
              <th key={name} scope="col">
                {column(name, t)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map((row, index) => (
            <tr key={index}>
              {names.map((name) => (
                <td key={name}>{cell(name, row[name], t)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <p>{t("assistant.more", { count: rows.length - SHOWN })}</p>}
    </div>
  );
}

function column(name: string, t: (key: Own) => string): string {
  const key = `assistant.col.${name}`;
  return isOwn(key) ? t(key) : "";
}

function cell(name: string, value: unknown, t: (key: Own) => string) {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return name === "link" && text.startsWith("/") ? <Link href={text}>{t("assistant.open")}</Link> : text;
}
