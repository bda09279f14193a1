import "./styles.css";

import { Button, FileButton, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { note } from "../../shared/ui/dialogs";
import { BadList, bookList, fileText, isBook, toList } from "../import/list";
import { type Own as ImportOwn, useOwnTexts as useImportTexts } from "../import/own_texts";
import { type ImportedVisits, type VisitList, visitsApi } from "./api";
import { useOwnTexts } from "./own_texts";
import { VisitVerdicts } from "./VisitVerdicts";

interface Judged {
  list: VisitList;
  answer: ImportedVisits;
}

/** The office's list of visits: choose or paste, look at each row's verdict, then write the good ones. */
export default function VisitImportPage() {
  const texts = useOwnTexts();
  const { t } = texts;
  const ofLists = useImportTexts();
  const site = useSite();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [bad, setBad] = useState<ImportOwn | null>(null);
  const [judged, setJudged] = useState<Judged | null>(null);
  const send = useCommand(
    async ({ list, dryRun }: { list: VisitList; dryRun: boolean }): Promise<Judged> => ({ list, answer: await visitsApi.importVisits(list, dryRun) }),
    (result) => {
      setJudged(result);
      const { created, known, refused, dry_run } = result.answer;
      if (dry_run) return;
      note(t("visits.sum_done", { created, known, refused }));
      void client.invalidateQueries({ queryKey: ["visits"] });
    },
    true,
  );
  const change = (value: string): void => {
    send.reset();
    setBad(null);
    setJudged(null);
    setText(value);
  };
  const judge = async (read: () => Promise<VisitList> | VisitList): Promise<void> => {
    try {
      setBad(null);
      send.mutate({ list: await read(), dryRun: true });
    } catch (failure) {
      setBad(failure instanceof BadList ? failure.key : "import.bad_file");
    }
  };
  const choose = async (file: File | null): Promise<void> => {
    change("");
    if (file === null) return;
    await judge(async () => {
      if (await isBook(file)) return bookList(file);
      const content = await fileText(file);
      change(content);
      return toList(content);
    });
  };
  const error = send.error === null ? null : asApiError(send.error);
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/visits">{t("visits.title")}</Link>
        </p>
        <div className="page-head">
          <h2>{t("visits.import")}</h2>
        </div>
        <section className="card visit-import">
          <p className="lead">{t("visits.list_about")}</p>
          <Textarea label={t("visits.list")} placeholder={t("visits.list_example")} rows={6} value={text} onChange={(e) => change(e.currentTarget.value)} spellCheck={false} />
          <p className="hint">{t("visits.list_columns")}</p>
          <div className="button-row">
            <FileButton onChange={(file) => void choose(file)} accept=".xlsx,.csv,.tsv,.txt,.json,text/csv,application/json">
              {(props) => (
                <Button {...props} variant="default">
                  {t("visits.file")}
                </Button>
              )}
            </FileButton>
            <Button variant={judged === null ? "filled" : "default"} disabled={text.trim() === ""} loading={send.isPending} onClick={() => void judge(() => toList(text))}>
              {t("visits.check")}
            </Button>
          </div>
          {(bad !== null || error !== null) && (
            <p className="form-error" role="alert">
              {bad !== null ? ofLists.t(bad) : error !== null && texts.code(error.code, error.facts, site)}
            </p>
          )}
        </section>
        {judged !== null && <VisitVerdicts answer={judged.answer} busy={send.isPending} commit={() => send.mutate({ list: judged.list, dryRun: false })} />}
      </div>
    </main>
  );
}
