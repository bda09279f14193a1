import "./styles.css";

import { Link } from "wouter";

import type { Level } from "../../shared/live/levels";
import type { Visit } from "./api";
import { levelOf } from "./judge";
import { useOwnTexts } from "./own_texts";
import { Closing, Outlook, Progress, Troubles } from "./Progress";

const MARKS: Record<Level, string> = { red: "mark-red", amber: "mark-amber", waiting: "", normal: "" };

/** Visits that have not left, for who takes over: count against plan, closing time, what is late. null: not known yet. */
export function OpenVisits({ visits, now }: { visits: readonly Visit[] | null; now: number }) {
  const { t } = useOwnTexts();
  return (
    <section className="card" aria-label={t("visits.open_title")}>
      <h3>{t("visits.open_title")}</h3>
      {visits === null && <p className="empty">{t("app.loading")}</p>}
      {visits?.length === 0 && <p className="empty">{t("visits.none_open")}</p>}
      <ul className="visit-list">
        {visits?.map((visit) => (
          <OpenVisit key={visit.visit_id} visit={visit} now={now} />
        ))}
      </ul>
    </section>
  );
}

function OpenVisit({ visit, now }: { visit: Visit; now: number }) {
  const { t } = useOwnTexts();
  return (
    <li className="visit-line">
      <span className={`mark ${MARKS[levelOf(visit)]}`} />
      <div className="visit-says">
        <span>
          <Link href={`/visits/${visit.visit_id}`} className="visit-name">
            {visit.name}
          </Link>
          <span className="row-dim">
            {" "}
            · {t(`cutoff.${visit.kind}`)} · {t(`visits.state.${visit.state}`)}
          </span>
        </span>
        <Progress visit={visit} />
        <Closing visit={visit} now={now} />
        {visit.state !== "coming" && <Outlook visit={visit} now={now} />}
        <Troubles visit={visit} />
      </div>
    </li>
  );
}
