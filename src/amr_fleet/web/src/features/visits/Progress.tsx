import type { Visit } from "./api";
import { levelOf, unordered, whole } from "./judge";
import { moment } from "./moments";
import { useOwnTexts } from "./own_texts";

/** Delivered against what is to be delivered, as a bar with its figures. */
export function Progress({ visit }: { visit: Visit }) {
  const { t } = useOwnTexts();
  const all = whole(visit);
  const share = all === 0 ? 0 : visit.done / all;
  return (
    <div className="visit-progress">
      <div className="visit-bar" role="img" aria-label={t("visits.progress", { done: visit.done, whole: all })}>
        <div className={`visit-bar-done visit-bar-${levelOf(visit)}`} style={{ width: `${Math.min(1, share) * 100}%` }} />
      </div>
      <span className="visit-count">{all > 0 ? t("visits.count", { done: visit.done, whole: all }) : t("visits.count_bare", { done: visit.done })}</span>
    </div>
  );
}

/** The closing time, and how far away that is. */
export function Closing({ visit, now }: { visit: Visit; now: number }) {
  const { t, age } = useOwnTexts();
  const left = visit.at - now;
  return (
    <b className={visit.state === "closed" && visit.left > 0 ? "text-red" : ""}>
      {t("visits.closes_at", { time: moment(visit.at, now) })}
      {visit.state !== "departed" && ` · ${left > 0 ? t("visits.left_until", { age: age(left) }) : t("visits.past", { age: age(-left) })}`}
    </b>
  );
}

/** When it will be done at the present pace and what that means for the closing time, or why nobody can tell. */
export function Outlook({ visit, now }: { visit: Visit; now: number }) {
  const { t, age, num } = useOwnTexts();
  if (visit.state === "departed") {
    const missing = visit.planned - visit.done;
    if (visit.planned === 0) return <span>{t("visits.left_counted", { count: visit.done })}</span>;
    return missing > 0 ? <span className="text-amber">{t("visits.short", { count: missing })}</span> : <span>{t("visits.full")}</span>;
  }
  if (visit.unsure !== "") return <span className={visit.unsure === "standing" ? "text-amber" : ""}>{t(`visits.unsure.${visit.unsure}`)}</span>;
  const late = visit.ends - visit.at;
  // Nobody brings what no order names: the pace alone promises nothing for it.
  const missing = unordered(visit);
  const level = levelOf(visit);
  return (
    <span className={level === "normal" ? "" : `text-${level}`}>
      {t("visits.ends", { window: age(visit.window), rate: num(visit.rate, visit.rate < 10 ? 1 : 0), time: moment(visit.ends, now) })}
      {", "}
      {t(late > 0 ? "visits.ends_late" : "visits.ends_early", { age: age(Math.abs(late)) })}
      {missing > 0 && `, ${t("visits.ends_if", { count: missing })}`}
    </span>
  );
}

/** What is wrong with it, in a few words; nothing when nothing is. */
export function Troubles({ visit }: { visit: Visit }) {
  const { t } = useOwnTexts();
  const late = visit.late > 0 && visit.state !== "departed";
  const missing = visit.state === "coming" ? 0 : unordered(visit);
  const parts = (["wrong", "damaged", "failed"] as const).filter((what) => visit[what] > 0).map((what) => t(`visits.${what}`, { count: visit[what] }));
  return (
    <>
      {late && <span className="text-red">{t("visits.late", { count: visit.late })}</span>}
      {missing > 0 && <span className="text-amber">{t("visits.missing", { count: missing })}</span>}
      {parts.length > 0 && <span className="text-amber">{parts.join(" · ")}</span>}
    </>
  );
}
