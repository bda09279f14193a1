import { useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import { useTexts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { ask, note } from "../../shared/ui/dialogs";
import { Refusal } from "../../shared/ui/Refusal";
import { type DeadLetter, type Target, webhooksApi } from "./api";
import { useWebhookTexts } from "./own_texts";

const KEY = ["webhooks"];
const MOST = 200;

/** How each receiver of webhooks does, and what it did not take: sent again or dropped by a person. */
export default function WebhooksPage() {
  const w = useWebhookTexts();
  const { t } = useTexts();
  const query = useQuery({ queryKey: KEY, queryFn: webhooksApi.shown, refetchInterval: 5_000 });
  const targets = query.data?.targets ?? [];
  const dead = query.data?.dead ?? [];
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{w("title")}</h2>
        </div>
        <Refusal error={query.error} />
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && targets.length === 0 && <p className="empty">{w("off")}</p>}
        {targets.length > 0 && (
          <>
            <section className="card block" aria-labelledby="webhook-targets">
              <h3 id="webhook-targets">{w("targets")}</h3>
              <Targets rows={targets} />
            </section>
            <section className="card block" aria-labelledby="webhook-letters">
              <h3 id="webhook-letters">{w("letters")}</h3>
              {dead.length === 0 ? <p className="empty">{w("no_letters")}</p> : <Letters rows={dead} />}
              {dead.length >= MOST && <p className="hint">{w("most")}</p>}
            </section>
          </>
        )}
      </div>
    </main>
  );
}

function useChanged(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: KEY });
}

function Targets({ rows }: { rows: Target[] }) {
  const w = useWebhookTexts();
  return (
    <table className="table table-cards table-rows">
      <thead>
        <tr>
          {(["target", "host", "state", "waiting", "dead", "sent", "oldest"] as const).map((name) => (
            <th key={name}>{w(name)}</th>
          ))}
          <th />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <TargetRow key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function TargetRow({ row }: { row: Target }) {
  const w = useWebhookTexts();
  const changed = useChanged();
  const resend = useCommand(
    () => webhooksApi.resend(row.name),
    ({ count }) => {
      note(w("done", { count, target: row.name }));
      changed();
    },
  );
  const stopped = row.stopped !== "";
  return (
    <tr data-testid={`webhook-${row.name}`}>
      <td>
        <b>{row.name}</b>
      </td>
      <td data-label={w("host")}>{row.host}</td>
      <td data-label={w("state")} className={stopped ? "text-amber" : ""}>
        {stopped ? w("stopped", { reason: row.stopped }) : w("at_work")}
      </td>
      <td data-label={w("waiting")}>{row.waiting}</td>
      <td data-label={w("dead")}>{row.dead}</td>
      <td data-label={w("sent")}>{row.sent}</td>
      <td data-label={w("oldest")}>{row.waiting > 0 ? stamp(row.oldest) : "–"}</td>
      <td className="num">
        {(stopped || row.dead > 0) && (
          <button type="button" className="small" disabled={resend.isPending} onClick={() => resend.mutate(undefined)}>
            {w(stopped ? "resume" : "resend_all")}
          </button>
        )}
      </td>
    </tr>
  );
}

function Letters({ rows }: { rows: DeadLetter[] }) {
  const w = useWebhookTexts();
  return (
    <table className="table table-cards table-rows">
      <thead>
        <tr>
          {(["event", "target", "about", "attempts", "reason", "at"] as const).map((name) => (
            <th key={name}>{w(name)}</th>
          ))}
          <th />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <LetterRow key={row.row} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function LetterRow({ row }: { row: DeadLetter }) {
  const w = useWebhookTexts();
  const changed = useChanged();
  const resend = useCommand(() => webhooksApi.resend(row.target, row.row), changed);
  const drop = useCommand(
    () => webhooksApi.drop(row.target, row.row),
    () => {
      note(w("dropped", { target: row.target }));
      changed();
    },
  );
  const press = async (): Promise<void> => {
    const facts = { type: row.type, target: row.target };
    if (await ask({ title: w("drop_title", facts), body: w("drop_body"), confirm: w("drop") })) drop.mutate(undefined);
  };
  const busy = resend.isPending || drop.isPending;
  return (
    <tr data-testid={`letter-${String(row.row)}`}>
      <td>
        <b>{row.type}</b>
      </td>
      <td data-label={w("target")}>{row.target}</td>
      <td data-label={w("about")}>{row.line}</td>
      <td data-label={w("attempts")}>{row.attempts}</td>
      <td data-label={w("reason")}>{row.reason}</td>
      <td data-label={w("at")} className="nowrap">
        {stamp(row.at)}
      </td>
      <td className="num">
        <span className="button-row">
          <button type="button" className="small" disabled={busy} onClick={() => resend.mutate(undefined)}>
            {w("again")}
          </button>
          <button type="button" className="small" disabled={busy} onClick={() => void press()}>
            {w("drop")}
          </button>
        </span>
      </td>
    </tr>
  );
}
