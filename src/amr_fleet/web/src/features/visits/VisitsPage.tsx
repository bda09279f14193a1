import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { useMayOperate } from "../../shared/session/me";
import { type Visit, visitsApi } from "./api";
import { sorted } from "./judge";
import { moment } from "./moments";
import { type Own, useOwnTexts } from "./own_texts";
import { Closing, Outlook, Progress, Troubles } from "./Progress";
import { VisitForm } from "./VisitForm";

/** Trucks, barges and ships: those that are worked now, those to come, those that left. */
export default function VisitsPage() {
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["visits"], queryFn: visitsApi.visits, refetchInterval: 2000 });
  const [adding, setAdding] = useState(false);
  const may = useMayOperate();
  const error = query.error === null ? null : asApiError(query.error);
  const { data } = query;
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("visits.title")}</h2>
          {may && (
            <div className="page-tools">
              <Button component={Link} href="/visits/import" variant="default">
                {t("visits.import")}
              </Button>
              <Button onClick={() => setAdding(true)}>{t("visits.add")}</Button>
            </div>
          )}
        </div>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {data?.visits.length === 0 && <p className="card empty">{t("visits.none")}</p>}
        {data !== undefined && data.visits.length > 0 && <Sections visits={data.visits} now={data.t} />}
        {adding && <VisitForm close={() => setAdding(false)} />}
      </div>
    </main>
  );
}

function Sections({ visits, now }: { visits: Visit[]; now: number }) {
  const found = sorted(visits);
  return (
    <>
      <Section title="visits.now" none="visits.none_now" visits={found.now} now={now} />
      <Section title="visits.coming" none="visits.none_coming" visits={found.coming} now={now} />
      <Section title="visits.departed" none="visits.none_departed" visits={found.departed} now={now} />
    </>
  );
}

function Section({ title, none, visits, now }: { title: Own; none: Own; visits: Visit[]; now: number }) {
  const { t } = useOwnTexts();
  return (
    <section className="card visit-section">
      <h3>
        {t(title)}
        {visits.length > 0 && <span className="row-dim"> · {visits.length}</span>}
      </h3>
      {visits.length === 0 && <p className="empty">{t(none)}</p>}
      <ul className="visit-list">
        {visits.map((visit) => (
          <Row key={visit.visit_id} visit={visit} now={now} />
        ))}
      </ul>
    </section>
  );
}

function Row({ visit, now }: { visit: Visit; now: number }) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  const about = [t(`cutoff.${visit.kind}`), visit.place === "" ? "" : place(visit.place, site)].filter((part) => part !== "").join(" · ");
  return (
    <li className="visit-row" data-testid={`visit-${visit.name}`}>
      <div className="visit-who">
        <Link href={`/visits/${visit.visit_id}`} className="visit-name">
          {visit.name}
        </Link>
        <span className="row-dim">{about}</span>
      </div>
      <Progress visit={visit} />
      <div className="visit-says">
        <Closing visit={visit} now={now} />
        {visit.state === "coming" && visit.begins > 0 && (
          <span>
            {t("visits.begins")} {moment(visit.begins, now)}
          </span>
        )}
        {visit.state !== "coming" && <Outlook visit={visit} now={now} />}
        <Troubles visit={visit} />
      </div>
    </li>
  );
}
