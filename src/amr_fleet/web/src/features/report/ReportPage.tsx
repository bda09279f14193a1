import "./styles.css";

import { Button, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { asApiError } from "../../shared/api/request";
import { isKey, type Key, type Texts, useTexts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { Interventions, ShiftNotes } from "../attention/Handover";
import { type Report, reportApi, type Shift } from "./api";
import { HourChart, UseChart } from "./charts";
import { useWords, type Word } from "./hooks";
import { TechnicalTable } from "./TechnicalTable";

/** The figures of one shift, on the page and on paper. */
export default function ReportPage() {
  const texts = useTexts();
  const { code, lang } = texts;
  const w = useWords();
  const list = useQuery({ queryKey: ["shifts"], queryFn: reportApi.shifts, refetchInterval: 60_000 });
  const shifts = list.data?.shifts;
  const [chosen, setChosen] = useState<string | null>(null);
  const shift = shifts?.find((s) => String(s.begin) === chosen) ?? shifts?.[0];
  const report = useQuery({
    queryKey: ["report", shift?.begin, shift?.end],
    queryFn: () => reportApi.report(shift as Shift),
    enabled: shift !== undefined,
    refetchInterval: 30_000,
  });
  const failed = list.error ?? report.error;
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <div className="page-tools">
            <h2>{w("report.title")}</h2>
            <Link href="/trends">{w("report.trends")} →</Link>
          </div>
          {shift !== undefined && shifts !== undefined && (
            <div className="page-tools">
              <Select
                aria-label={w("report.period")}
                className="shift-select"
                allowDeselect={false}
                value={String(shift.begin)}
                onChange={setChosen}
                data={shifts.map((s) => ({ value: String(s.begin), label: w("report.shift", { shift: s.shift, begin: stamp(s.begin), end: stamp(s.end) }) }))}
              />
              <Button component="a" href={reportApi.reportFile(shift, "pdf", lang)} download>
                {w("report.pdf")}
              </Button>
              <Button component="a" variant="default" href={reportApi.reportFile(shift, "xlsx", lang)} download>
                {w("report.xlsx")}
              </Button>
            </div>
          )}
        </div>
        {shifts?.length === 0 && <p className="card empty">{w("report.none")}</p>}
        {failed !== null && <p className="form-error">{code(asApiError(failed).code, asApiError(failed).facts)}</p>}
        {failed === null && (list.isPending || (shift !== undefined && report.isPending)) && <p className="empty">{texts.t("app.loading")}</p>}
        {report.data !== undefined && <Figures report={report.data} texts={texts} />}
      </div>
    </main>
  );
}

function Figures({ report, texts }: { report: Report; texts: Texts }) {
  const { num, age } = texts;
  const w = useWords();
  const percent = (v: number | null): string => (v === null ? "–" : `${num(100 * v, 1)} %`);
  const figures: [Word, string][] = [
    ["report.done", num(report.done)],
    ["report.per_hour", num(report.per_hour, 1)],
    ["report.p95", report.service.p95 === null ? "–" : age(report.service.p95)],
    ["report.on_time", report.with_deadline === 0 ? "–" : `${report.on_time} / ${report.with_deadline}`],
    ["report.wait_share", percent(report.wait_share)],
    ["report.availability", percent(report.availability)],
    ["report.interventions", num(report.interventions)],
    ["report.deadlocks", num(report.deadlocks)],
  ];
  return (
    <>
      <dl className="figures" data-testid="report-figures">
        {figures.map(([key, value]) => (
          <div key={key}>
            <dt>{w(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="cards report-cards">
        <section className="card">
          <h3>{w("report.hours")}</h3>
          <HourChart hours={report.hours} />
        </section>
        <section className="card">
          <h3>{w("report.waits")}</h3>
          <Waits report={report} texts={texts} />
        </section>
        <section className="card card-wide">
          <h3>{w("report.time")}</h3>
          <UseChart robots={report.robots} />
        </section>
        <section className="card card-wide">
          <h3>{w("report.flows")}</h3>
          <Flows report={report} texts={texts} />
        </section>
        <section className="card">
          <h3>{w("report.technical")}</h3>
          <TechnicalTable report={report} />
        </section>
        <Interventions begin={report.period.begin} end={report.period.end} />
        <ShiftNotes begin={report.period.begin} end={report.period.end} write={false} />
      </div>
      <p className="hint digest">
        {w("report.digest")}: {report.digest}
      </p>
    </>
  );
}

function Waits({ report, texts }: { report: Report; texts: Texts }) {
  const { t, age } = texts;
  const rows = Object.entries(report.waits);
  const total = rows.reduce((sum, [, s]) => sum + s, 0);
  if (rows.length === 0) return <p className="empty">–</p>;
  return (
    <table className="table">
      <tbody>
        {rows.map(([cause, seconds]) => {
          const key = `cause.${cause}`;
          return (
            <tr key={cause}>
              <td>{isKey(key) ? t(key) : t("cause.wait.other")}</td>
              <td className="num">{age(seconds)}</td>
              <td className="num">{texts.num((100 * seconds) / Math.max(1, total))} %</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Flows({ report, texts }: { report: Report; texts: Texts }) {
  const { t, age, num } = texts;
  const w = useWords();
  const time = (v: number | null): string => (v === null ? "–" : age(v));
  const kind = (k: string): string => (isKey(`kind.${k}`) ? t(`kind.${k}` as Key) : k);
  return (
    <div className="table-box">
      <table className="table">
        <thead>
          <tr>
            <th>{w("report.flow")}</th>
            <th className="num">{w("report.created")}</th>
            <th className="num">{w("report.done")}</th>
            <th className="num">{w("report.mean")}</th>
            <th className="num">{w("report.p50")}</th>
            <th className="num">{w("report.p95")}</th>
            <th className="num">{w("report.longest")}</th>
          </tr>
        </thead>
        <tbody>
          {report.flows.map((f) => (
            <tr key={`${f.pick_kind}-${f.drop_kind}`}>
              <td>
                {kind(f.pick_kind)} → {kind(f.drop_kind)}
              </td>
              <td className="num">{num(f.created)}</td>
              <td className="num">{num(f.done)}</td>
              <td className="num">{time(f.service.mean)}</td>
              <td className="num">{time(f.service.p50)}</td>
              <td className="num">{time(f.service.p95)}</td>
              <td className="num">{time(f.service.longest)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

