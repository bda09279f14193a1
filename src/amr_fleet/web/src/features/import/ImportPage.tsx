import "./styles.css";

import { Button, FileButton, Textarea } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { Keys, newKey } from "../../shared/api/key";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { ask, note } from "../../shared/ui/dialogs";
import { type ImportAnswer, importApi, type OrderList } from "./api";
import { BadList, bookList, fileText, isBook, rowTexts, toList } from "./list";
import { type Own, useOwnTexts } from "./own_texts";
import { Verdicts } from "./Verdicts";

interface Judged {
  list: OrderList;
  answer: ImportAnswer;
}

interface Wish {
  list: OrderList;
  dryRun: boolean;
}

/** A list of orders: choose or paste, look at each row's verdict, then let the good ones in. */
export default function ImportPage() {
  const texts = useOwnTexts();
  const { t } = texts;
  const site = useSite();
  const [text, setText] = useState("");
  const [book, setBook] = useState("");
  const [bad, setBad] = useState<Own | null>(null);
  const [judged, setJudged] = useState<Judged | null>(null);
  const [keys] = useState(() => new Keys()); // rows without a number are known by nothing else
  const send = useCommand(
    async ({ list, dryRun }: Wish): Promise<Judged> => ({ list, answer: await importApi.importOrders(list, dryRun, dryRun ? newKey() : keys.of(JSON.stringify(list))) }),
    (result) => {
      setJudged(result);
      if (!result.answer.dry_run) keys.done();
      const { created, known, refused } = result.answer;
      if (!result.answer.dry_run) note(t("import.sum_done", { created, known, refused }));
    },
    true,
  );
  const change = (value: string): void => {
    send.reset();
    setBad(null);
    setJudged(null);
    setBook("");
    setText(value);
  };
  const attempt = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (failure) {
      setBad(failure instanceof BadList ? failure.key : "import.bad_file");
    }
  };
  const choose = (file: File | null): Promise<void> =>
    attempt(async () => {
      change("");
      if (file === null) return;
      if (await isBook(file)) {
        const list = await bookList(file);
        setBook(file.name);
        send.mutate({ list, dryRun: true });
        return;
      }
      const content = await fileText(file);
      const list = toList(content);
      change(content);
      send.mutate({ list, dryRun: true });
    });
  const check = (): Promise<void> =>
    attempt(() => {
      setBad(null);
      send.mutate({ list: toList(text), dryRun: true });
    });
  const error = send.error === null ? null : asApiError(send.error);
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/orders">{t("nav.orders")}</Link>
        </p>
        <div className="page-head">
          <h2>{t("import.title")}</h2>
        </div>
        <section className="card import-form">
          <p className="lead">{t("import.about")}</p>
          <Textarea label={t("import.text")} placeholder={t("import.example")} rows={6} value={text} onChange={(e) => change(e.currentTarget.value)} spellCheck={false} />
          <p className="hint">{t("import.columns")}</p>
          <div className="button-row">
            <FileButton onChange={(file) => void choose(file)} accept=".xlsx,.csv,.tsv,.txt,.json,text/csv,application/json">
              {(props) => (
                <Button {...props} variant="default">
                  {t("import.file")}
                </Button>
              )}
            </FileButton>
            <Button variant={judged === null ? "filled" : "default"} disabled={text.trim() === ""} loading={send.isPending} onClick={() => void check()}>
              {t("import.check")}
            </Button>
          </div>
          {book !== "" && <p className="hint">{t("import.book", { name: book })}</p>}
          {(bad !== null || error !== null) && (
            <p className="form-error" role="alert">
              {bad !== null ? t(bad) : error !== null && texts.code(error.code, error.facts, site)}
            </p>
          )}
        </section>
        {judged === null && text === "" && book === "" && bad === null && <p className="empty">{t("import.empty")}</p>}
        {judged !== null && <Result judged={judged} busy={send.isPending} commit={() => send.mutate({ list: judged.list, dryRun: false })} />}
      </div>
    </main>
  );
}

function Result({ judged, busy, commit }: { judged: Judged; busy: boolean; commit: () => void }) {
  const { t } = useOwnTexts();
  const { dry_run, created, known, refused, ignored, rows } = judged.answer;
  if (rows.length === 0) return <p className="empty">{t("import.no_rows")}</p>;
  const press = async (): Promise<void> => {
    const yes = await ask({
      title: t("import.ask_title", { count: created }),
      body: t("import.ask_body", { refused }),
      confirm: t("import.commit", { count: created }),
    });
    if (yes) commit();
  };
  return (
    <section data-testid="import-result">
      <div className="page-head import-sum">
        <b>{dry_run ? t("import.sum", { rows: rows.length, created, known, refused }) : t("import.sum_done", { created, known, refused })}</b>
        {dry_run && created > 0 && (
          <Button loading={busy} onClick={() => void press()}>
            {t("import.commit", { count: created })}
          </Button>
        )}
        {dry_run && created === 0 && <span className="row-dim">{t("import.none_good")}</span>}
      </div>
      {ignored.length > 0 && (
        <p className="lead text-amber" data-testid="import-ignored">
          {t("import.ignored", { columns: ignored.map((title) => `“${title}”`).join(", ") })}
        </p>
      )}
      <Verdicts answer={judged.answer} lines={rowTexts(judged.list)} />
    </section>
  );
}
