import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import type { ImportAnswer, RowVerdict } from "./api";
import { stamp } from "../../shared/i18n/times";
import { useOwnTexts } from "./own_texts";

/** What becomes of each row. */
export function Verdicts({ answer, lines }: { answer: ImportAnswer; lines: readonly string[] }) {
  const { t } = useOwnTexts();
  return (
    <table className="table table-cards">
      <thead>
        <tr>
          <th className="num">{t("import.col.row")}</th>
          <th>{t("import.col.verdict")}</th>
          <th>{t("import.col.text")}</th>
        </tr>
      </thead>
      <tbody>
        {answer.rows.map((row) => (
          <Row key={row.row} row={row} dryRun={answer.dry_run} line={row.text || (lines[row.row - 1] ?? "")} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, dryRun, line }: { row: RowVerdict; dryRun: boolean; line: string }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  const name = row.verdict === "created" && dryRun ? "import.good" : (`import.${row.verdict}` as const);
  return (
    <tr data-testid={`row-${row.row}`}>
      <td className="num" data-label={t("import.col.row")}>
        {row.row}
      </td>
      <td>
        <span className={row.verdict === "refused" ? "text-red" : row.verdict === "known" ? "text-amber" : ""}>{t(name)}</span>
        {row.order_id !== "" && (
          <>
            {" "}
            <Link href={`/orders/${encodeURIComponent(row.order_id)}`}>{row.order_id}</Link>
          </>
        )}
        {row.error !== null && <div>{code(row.error.code, row.error.facts, site)}</div>}
      </td>
      <td className="row-dim import-line" data-label={t("import.col.text")}>
        {line}
        {row.earliest > 0 && <div>{t("import.from", { time: stamp(row.earliest) })}</div>}
        {row.deadline > 0 && <div>{t("import.due", { time: stamp(row.deadline) })}</div>}
      </td>
    </tr>
  );
}
