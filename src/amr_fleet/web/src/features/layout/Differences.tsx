import type { LayoutJudged } from "../../shared/api/types";
import { useLayoutTexts } from "./own_texts";

/** What differs from the running site: objects, and lines of the file. */
export function Differences({ judged }: { judged: LayoutJudged | null }) {
  const { t } = useLayoutTexts();
  if (judged === null) return <p className="empty">{t("layout.checking")}</p>;
  if (judged.changes.length === 0) return <p className="empty">{t("layout.no_change")}</p>;
  return (
    <div data-testid="layout-diff">
      <ul className="layout-list">
        {judged.changes.map((change, k) => (
          <li key={k}>
            <strong>{t(`layout.change.${change.change}`)}</strong> {change.section === "" ? "" : t(`layout.${change.section}`)} {change.id}
            {change.fields.length > 0 && <span className="row-dim">{` · ${change.fields.join(", ")}`}</span>}
          </li>
        ))}
      </ul>
      {judged.written ? <p className="row-dim">{judged.comments_kept ? t("layout.comments_kept") : t("layout.comments_lost")}</p> : <p className="text-amber">{t("layout.not_written")}</p>}
      {judged.diff.length > 0 && (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- keys must be able to scroll it
        <div className="layout-text" role="region" aria-label="site.yaml" tabIndex={0}>
          {judged.diff.map((line, k) => (
            <div key={k} className={line.startsWith("+") ? "layout-plus" : line.startsWith("-") ? "layout-minus" : undefined}>
              {line}
            </div>
          ))}
        </div>
      )}
      {judged.lines_left_out > 0 && <p className="text-amber">{t("layout.diff_cut", { shown: judged.diff.length, more: judged.lines_left_out })}</p>}
      <h3>{t("layout.next")}</h3>
      <ol className="layout-next">
        {([1, 2, 3, 4] as const).map((k) => (
          <li key={k}>{t(`layout.next_${k}`)}</li>
        ))}
      </ol>
    </div>
  );
}
