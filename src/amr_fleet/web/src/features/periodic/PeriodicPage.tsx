import "./styles.css";

import { Button, SegmentedControl, Select } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { asApiError } from "../../shared/api/request";
import { useTexts } from "../../shared/i18n/texts";
import { type PeriodicDraft, type PeriodKind, type PeriodLine, periodicApi } from "./api";
import { day, moment } from "./days";
import { FigureTable } from "./FigureTable";
import { Obstacles } from "./Obstacles";
import { Progress } from "./Progress";
import { Remarks } from "./Remarks";
import { ReportTexts } from "./ReportTexts";
import { useWords } from "./hooks";

const KINDS: readonly PeriodKind[] = ["month", "quarter", "half", "year"];

/** The report to an authority: prepare it, comment on it, sign it, file it. */
export default function PeriodicPage() {
  const w = useWords();
  const { t, code } = useTexts();
  const [kind, setKind] = useState<PeriodKind>("month");
  const [chosen, setChosen] = useState<string | null>(null);
  const list = useQuery({ queryKey: ["periodic", "list", kind], queryFn: () => periodicApi.periods(kind), refetchInterval: 60_000 });
  const periods = list.data?.periods ?? [];
  const period = periods.find((p) => p.code === chosen) ?? periods[0];
  const draft = useQuery({
    queryKey: ["periodic", "draft", period?.code],
    queryFn: () => periodicApi.draft(period?.code ?? ""),
    enabled: period !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const failure = list.error ?? draft.error;
  const error = failure === null ? null : asApiError(failure);
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{w("periodic.title")}</h2>
          <div className="page-tools">
            <SegmentedControl
              aria-label={w("periodic.kind")}
              value={kind}
              onChange={(value) => {
                setKind(value);
                setChosen(null);
              }}
              data={KINDS.map((value) => ({ value, label: w(`periodic.kind.${value}`) }))}
            />
            {period !== undefined && <Choice periods={periods} period={period} choose={setChosen} />}
            {period !== undefined && <Files code={period.code} />}
          </div>
        </div>
        <p className="lead">{w("periodic.about")}</p>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {list.isPending && <p className="empty">{t("app.loading")}</p>}
        {draft.data !== undefined && draft.data.code === period?.code && <Report draft={draft.data} />}
        <Obstacles overdue={draft.data?.overdue ?? []} />
      </div>
    </main>
  );
}

function Choice({ periods, period, choose }: { periods: PeriodLine[]; period: PeriodLine; choose: (code: string | null) => void }) {
  const w = useWords();
  return (
    <Select
      aria-label={w("periodic.period")}
      className="period-select"
      allowDeselect={false}
      value={period.code}
      onChange={choose}
      data={periods.map((p) => ({ value: p.code, label: `${p.code} · ${w(`periodic.state.${p.state}`)}` }))}
    />
  );
}

function Files({ code }: { code: string }) {
  const w = useWords();
  return (
    <>
      <Button component="a" href={periodicApi.fileUrl(code, "docx")} download>
        {w("periodic.docx")}
      </Button>
      <Button component="a" variant="default" href={periodicApi.fileUrl(code, "pdf")} download>
        {w("periodic.pdf")}
      </Button>
    </>
  );
}

function Report({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  const { num } = useTexts();
  const facts = { first: day(draft.first_day), last: day(draft.last_day), hours: num(draft.hours, 1) };
  return (
    <>
      <p className="row-dim">
        {w("periodic.span", facts)} {draft.hours === 0 ? w("periodic.no_data") : ""}
        {draft.simulated ? ` ${w("periodic.simulated", { day: moment(draft.clock_begins) })}` : ""}
      </p>
      <Progress draft={draft} />
      <section className="card periodic-card">
        <h3>{w("periodic.figures")}</h3>
        <FigureTable draft={draft} />
      </section>
      <section className="card periodic-card">
        <h3>{w("periodic.sentences")}</h3>
        {draft.sentences.length === 0 && <p className="empty">{w("periodic.no_sentences")}</p>}
        <ul className="sentences" lang="vi" data-testid="sentences">
          {draft.sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </section>
      <ReportTexts key={draft.code} draft={draft} />
      <Remarks draft={draft} />
    </>
  );
}
