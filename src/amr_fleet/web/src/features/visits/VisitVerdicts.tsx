import { Button } from "@mantine/core";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { useLive } from "../../shared/live/live";
import type { ImportedVisits } from "./api";
import { moment } from "./moments";
import { useOwnTexts } from "./own_texts";

/** What becomes of each row of a list of visits. */
export function VisitVerdicts({ answer, busy, commit }: { answer: ImportedVisits; busy: boolean; commit: () => void }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  const now = useLive((s) => s.panel?.t ?? 0);
  const { dry_run, created, known, refused, ignored, rows } = answer;
  return (
    <section data-testid="visits-judged">
      <div className="page-head visit-sum">
        <b>{dry_run ? t("visits.sum", { rows: rows.length, created, known, refused }) : t("visits.sum_done", { created, known, refused })}</b>
        {dry_run && created + known > 0 && (
          <Button loading={busy} onClick={commit}>
            {t("visits.commit", { count: created + known })}
          </Button>
        )}
      </div>
      {ignored.length > 0 && <p className="lead text-amber">{t("visits.ignored", { columns: ignored.map((title) => `“${title}”`).join(", ") })}</p>}
      <table className="table table-cards">
        <thead>
          <tr>
            <th className="num">{t("visits.col.row")}</th>
            <th>{t("visits.col.verdict")}</th>
            <th>{t("visits.col.text")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.row} data-testid={`row-${row.row}`}>
              <td className="num" data-label={t("visits.col.row")}>
                {row.row}
              </td>
              <td>
                <span className={row.verdict === "refused" ? "text-red" : row.verdict === "known" ? "text-amber" : ""}>{t(`visits.row.${row.verdict}`)}</span>{" "}
                {!dry_run && row.verdict !== "refused" && <Link href={`/visits/${encodeURIComponent(row.name)}`}>{row.name}</Link>}
                {row.error !== null && <div>{code(row.error.code, row.error.facts, site)}</div>}
              </td>
              <td className="row-dim" data-label={t("visits.col.text")}>
                {row.text || row.name}
                {row.at > 0 && <div>{t("visits.closes_at", { time: moment(row.at, now) })}</div>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
