import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "wouter";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { CLOSED_STATES } from "../../shared/api/types";
import { byService } from "../../shared/live/levels";
import { useMayOperate } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { Fact } from "../../shared/ui/Fact";
import { type Visit, type VisitDetail, visitsApi } from "./api";
import { threats, unordered } from "./judge";
import { moment } from "./moments";
import { useOwnTexts } from "./own_texts";
import { Closing, Outlook, Progress, Troubles } from "./Progress";
import { Exceptions, Tally, Threats, Waiting } from "./Orders";
import { VisitForm } from "./VisitForm";

/** One truck, barge or ship: its count against plan, whether it will be in time, what threatens that. */
export default function VisitPage() {
  const { id = "" } = useParams<{ id: string }>();
  const { t, code } = useOwnTexts();
  const query = useQuery({ queryKey: ["visits", id], queryFn: () => visitsApi.visit(id), refetchInterval: 2000, retry: false });
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/visits">{t("visits.title")}</Link>
        </p>
        {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && error?.code !== "visit.not_found" && <Detail detail={query.data} />}
      </div>
    </main>
  );
}

function Detail({ detail }: { detail: VisitDetail }) {
  const { t } = useOwnTexts();
  const { visit, orders, t: now } = detail;
  const late = threats(visit, orders, now);
  const others = orders.filter((one) => !CLOSED_STATES.includes(one.state) && !late.includes(one)).sort(byService);
  return (
    <>
      <div className="page-head">
        <h2>
          {visit.name} · {t(`cutoff.${visit.kind}`)} · {t(`visits.state.${visit.state}`)}
        </h2>
        <Tools visit={visit} />
      </div>
      <section className="card visit-answer" data-testid="visit-answer">
        <p className="visit-outlook">
          <Closing visit={visit} now={now} />
          <br />
          <Outlook visit={visit} now={now} />
        </p>
        <Progress visit={visit} />
        <div className="visit-says">
          <Troubles visit={visit} />
        </div>
      </section>
      <div className="cards">
        <div className="column">
          <About visit={visit} now={now} />
          <Exceptions orders={orders} />
          <Tally orders={orders} now={now} />
        </div>
        <div className="column">
          {visit.state !== "departed" && <Threats found={late} now={now} />}
          {visit.state !== "departed" && (others.length > 0 || late.length === 0) && <Waiting open={others} now={now} />}
        </div>
      </div>
    </>
  );
}

function About({ visit, now }: { visit: Visit; now: number }) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  const missing = unordered(visit);
  return (
    <section className="card">
      <h3>{t("visits.about")}</h3>
      <dl className="facts">
        {visit.begins > 0 && <Fact name={t("visits.begins")}>{moment(visit.begins, now)}</Fact>}
        {visit.place !== "" && <Fact name={t("visits.place")}>{place(visit.place, site)}</Fact>}
        <Fact name={t("visits.plan")}>{visit.planned > 0 ? t("visits.loads", { count: visit.planned }) : t("visits.no_plan_given")}</Fact>
        <Fact name={t("visits.done")}>{t("visits.loads", { count: visit.done })}</Fact>
        {visit.state !== "departed" && <Fact name={t("visits.left")}>{t("visits.loads", { count: visit.left })}</Fact>}
        {visit.state !== "departed" && <Fact name={t("visits.open")}>{visit.open}</Fact>}
        {missing > 0 && (
          <Fact name={t("visits.unordered")}>
            <span className="text-amber">{t("visits.loads", { count: missing })}</span>
          </Fact>
        )}
        {visit.taken > 0 && <Fact name={t("visits.taken")}>{t("visits.loads", { count: visit.taken })}</Fact>}
        {visit.departed > 0 && <Fact name={t("visits.departed")}>{t("visits.departed_at", { time: moment(visit.departed, now), user: visit.departed_by })}</Fact>}
      </dl>
    </section>
  );
}

function Tools({ visit }: { visit: Visit }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const may = useMayOperate();
  const [changing, setChanging] = useState(false);
  const again = (): void => void client.invalidateQueries({ queryKey: ["visits"] });
  const depart = useCommand(visitsApi.depart, (left) => {
    note(t("visits.left_note", { name: left.name }));
    again();
  });
  const reopen = useCommand(visitsApi.reopen, again);
  if (!may) return null;
  if (visit.state === "departed") {
    return (
      <div className="page-tools">
        <Button variant="default" loading={reopen.isPending} onClick={() => reopen.mutate(visit.visit_id)}>
          {t("visits.reopen")}
        </Button>
      </div>
    );
  }
  const press = async (): Promise<void> => {
    if (visit.open > 0) {
      note(t("visits.leave_open", { open: visit.open }), true);
      return;
    }
    const missing = visit.planned - visit.done;
    const said = visit.planned > 0 ? t("visits.leave_plan", { done: visit.done, planned: visit.planned }) : t("visits.leave_count", { done: visit.done });
    const body = [said, missing > 0 ? t("visits.leave_short", { count: missing }) : ""].filter((part) => part !== "").join(" ");
    if (await ask({ title: t("visits.leave_title", { name: visit.name }), body, confirm: t("visits.leave") })) depart.mutate(visit.visit_id);
  };
  return (
    <div className="page-tools">
      <Button variant="default" onClick={() => setChanging(true)}>
        {t("visits.change")}
      </Button>
      <Button loading={depart.isPending} onClick={() => void press()}>
        {t("visits.leave")}
      </Button>
      {changing && <VisitForm visit={visit} close={() => setChanging(false)} />}
    </div>
  );
}
