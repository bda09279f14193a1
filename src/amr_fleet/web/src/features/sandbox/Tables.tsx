import type { ReactNode } from "react";

import { robotLabel } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import { incidentsOf, type Trial } from "./api";
import { day } from "./times";
import { isOwn, type OwnTexts, useOwnTexts } from "./own_texts";

interface Column {
  name: string;
  cell: ReactNode;
}

function Rows({ title, rows, id }: { title: string; rows: Column[][]; id: string }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <table className="table table-cards table-rows" data-testid={id}>
        <thead>
          <tr>
            {rows[0]?.map((column) => (
              <th key={column.name}>{column.name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((column) => (
                <td key={column.name} data-label={column.name}>
                  {column.cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function word(prefix: string, value: string, { t }: OwnTexts): string {
  const key = `${prefix}.${value}`;
  return isOwn(key) ? t(key) : value;
}

export function Breaches({ trial }: { trial: Trial }) {
  const { t, num } = useOwnTexts();
  const rows = [...trial.breaches].reverse().map((b) => [
    { name: t("sandbox.at"), cell: stamp(b.t) },
    { name: t("sandbox.rule"), cell: t(`sandbox.rule.${b.rule}`) },
    { name: t("sandbox.robot"), cell: b.robot === "" ? "–" : robotLabel(b.robot) },
    { name: t("sandbox.value"), cell: b.limit === 0 ? "–" : `${num(b.value, 2)} / ${num(b.limit, 2)}` },
  ]);
  return <Rows title={t("sandbox.breaches")} rows={rows} id="breaches" />;
}

export function Incidents({ trial }: { trial: Trial }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const rows = incidentsOf(trial).map((i) => [
    { name: t("sandbox.at"), cell: day(i.t_occurred) },
    { name: t("sandbox.kind"), cell: word("sandbox.incident", i.kind, texts) },
    { name: t("sandbox.severity"), cell: i.severity },
    { name: t("sandbox.what"), cell: i.kind === "breach" ? word("sandbox.rule", i.what.split(":")[0] ?? "", texts) : i.what },
    { name: t("sandbox.open_closed"), cell: t(i.closed ? "sandbox.closed" : "sandbox.open") },
  ]);
  return <Rows title={t("sandbox.incidents")} rows={rows} id="incidents" />;
}

export function Cards({ trial }: { trial: Trial }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const rows = trial.cards.map((c) => {
    const plan = c.card as unknown as { id: string; plan: { n: number; C: number } };
    return [
      { name: t("sandbox.card"), cell: plan.id },
      { name: t("sandbox.reps"), cell: `${c.n} / ${plan.plan.n}` },
      { name: t("sandbox.passed"), cell: `${c.passed} / ${c.failed}` },
      { name: t("sandbox.bound"), cell: c.bound === null ? "–" : c.bound.toFixed(4) },
      { name: t("sandbox.result"), cell: word("sandbox.result", c.state, texts) },
    ];
  });
  return <Rows title={t("sandbox.cards")} rows={rows} id="cards" />;
}

export function Steps({ trial }: { trial: Trial }) {
  const { t } = useOwnTexts();
  const rows = [...trial.transitions].reverse().map((s) => [
    { name: t("sandbox.at"), cell: stamp(s.t) },
    { name: t("sandbox.step"), cell: `${t(`sandbox.state.${s.before}`)} → ${t(`sandbox.state.${s.state}`)}` },
    { name: t("sandbox.who"), cell: [s.user, s.second].filter(Boolean).join(", ") || t("sandbox.itself") },
    { name: t("sandbox.reason"), cell: s.reason.startsWith("breach: ") ? t("sandbox.by_breach") : s.reason || "–" },
  ]);
  return <Rows title={t("sandbox.steps")} rows={rows} id="steps" />;
}
