import { TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useTexts } from "../../shared/i18n/texts";
import { useMay } from "../../shared/session/me";
import { type KpiRow, type PeriodicDraft, periodicApi } from "./api";
import { amount } from "./days";
import { useWords } from "./hooks";

/** Every figure of the period beside plan, last period and last year. */
export function FigureTable({ draft }: { draft: PeriodicDraft }) {
  const w = useWords();
  const may = useMay("engineer") && draft.state === "draft";
  return (
    <div className="table-box">
      <table className="table periodic-table" data-testid="periodic-figures">
        <thead>
          <tr>
            <th>{w("periodic.figure")}</th>
            {(["plan", "now", "n", "interval", "previous", "year_before", "cumulative"] as const).map((name) => (
              <th key={name} className="num">
                {w(`periodic.col.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {draft.rows.map((row) => (
            <Figure key={row.key} row={row} period={draft.code} may={may} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figure({ row, period, may }: { row: KpiRow; period: string; may: boolean }) {
  const w = useWords();
  const { num } = useTexts();
  const said = (value: number | null): string => num(value, row.digits);
  const { low, high, n } = row.now;
  return (
    <tr data-testid={`figure-${row.key}`}>
      <td>
        {w(`kpi.${row.key}`)} <span className="row-dim">({w(`unit.${row.unit}`)})</span>
      </td>
      <td className="num">{may ? <Target row={row} period={period} /> : said(row.plan)}</td>
      <td className={`num${row.met === false ? " text-red" : ""}`}>
        <b>{said(row.now.value)}</b>
        {row.met !== null && <span className="row-dim"> {w(row.met ? "periodic.met" : "periodic.missed")}</span>}
      </td>
      <td className="num">{num(n)}</td>
      <td className="num">{low === null || high === null ? "–" : `${num(low, 1)} – ${num(high, 1)}`}</td>
      <td className="num">{said(row.previous.value)}</td>
      <td className="num">{said(row.year_before.value)}</td>
      <td className="num">{said(row.cumulative.value)}</td>
    </tr>
  );
}

/** The target of a figure; it is kept when the field is left. */
function Target({ row, period }: { row: KpiRow; period: string }) {
  const w = useWords();
  const { num, decimal } = useTexts();
  const client = useQueryClient();
  const known = row.plan === null ? "" : num(row.plan, row.digits);
  const [text, setText] = useState<string | null>(null);
  const shown = text ?? known;
  const target = amount(shown, decimal);
  const wrong = shown.trim() !== "" && target === null;
  const set = useCommand(
    (value: number | null) => periodicApi.setPlan(period, row.key, value),
    () => void client.invalidateQueries({ queryKey: ["periodic"] }).then(() => setText(null)),
  );
  const keep = (): void => {
    if (text === null || wrong) return;
    if (text === known) setText(null);
    else set.mutate(text.trim() === "" ? null : target);
  };
  return (
    <TextInput
      size="xs"
      className="target"
      aria-label={`${w("periodic.col.plan")}: ${w(`kpi.${row.key}`)}`}
      inputMode="decimal"
      maxLength={14}
      value={shown}
      error={wrong}
      onChange={(e) => setText(e.currentTarget.value)}
      onBlur={keep}
      onKeyDown={(e) => {
        if (e.key === "Enter") e.currentTarget.blur();
      }}
    />
  );
}
