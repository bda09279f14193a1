import "./styles.css";

import { Button, Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { Link, Route, Switch, useLocation } from "wouter";

import { AlarmStrip } from "../features/attention/AlarmStrip";
import { follow } from "../features/live/trend";
import { ChangePassword } from "../features/login/ChangePassword";
import { Login } from "../features/login/Login";
import { heat } from "../features/map/heat";
import { asApiError } from "../shared/api/request";
import type { Me, Snapshot } from "../shared/api/types";
import { useTexts } from "../shared/i18n/texts";
import { forgetLive, startLive } from "../shared/live/live";
import { rememberWorker } from "../shared/session/worker";
import { sessionBack, sessionEnded, useEnded } from "../shared/session/ended";
import { useMe } from "../shared/session/me";
import { mayUse } from "../shared/session/roles";
import { Notes, Questions } from "../shared/ui/DialogHost";
import { isOut, isWorkers } from "./alone";
import { Banner } from "./Banner";
import { Header } from "./Header";
import { Navigation } from "./Navigation";
import { PAGES, SecondFactorPage, WALL, WorkPage } from "./routes";
import { Shortcuts } from "./Shortcuts";

const AGAIN_MS = 15_000;

export function App() {
  const { t, code } = useTexts();
  const me = useMe();
  const client = useQueryClient();
  useEffect(() => {
    document.title = t("app.title");
  });
  const role = me.data?.role;
  useEffect(() => {
    if (role !== undefined && role !== "worker") rememberWorker(null); // without a network nobody presses as who was here before
  }, [role]);
  const user = me.data?.user;
  const over = useEnded((s) => s.ended);
  useEffect(() => {
    if (user === undefined || over || !("Notification" in window) || Notification.permission !== "granted") return;
    void import("../features/escalation/push").then(({ renew }) => renew(user)).catch(() => undefined); // the next page does
  }, [user, over]);
  const [alone, setAlone] = useState(false);
  const begin = (data: Me): void => {
    sessionBack(); // one that ended before is not asked for a second time
    client.setQueryData(["me"], data);
  };
  if (isWorkers(me.data, me.error, me.errorUpdateCount > 0, alone)) return <Alone shown={setAlone} />;
  if (me.isPending) return <Waiting />;
  if (me.error !== null) {
    const error = asApiError(me.error);
    if (isOut(error)) return <Login done={begin} />;
    return (
      <div className="middle">
        <p>{code(error.code, error.facts)}</p>
        <Button onClick={() => void me.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  if (me.data.must_change) return <ChangePassword />;
  if (me.data.must_enrol)
    return (
      <Suspense fallback={<Waiting />}>
        <SecondFactorPage />
      </Suspense>
    );
  return <Screen key={me.data.user} />;
}

function Alone({ shown }: { shown: (now: boolean) => void }) {
  const { data, error, refetch } = useMe();
  const ended = useEnded((s) => s.ended) || (data === undefined && isOut(error));
  const unknown = data === undefined && !ended;
  useEffect(() => {
    if (!unknown) return undefined;
    const timer = window.setInterval(() => void refetch(), AGAIN_MS); // nobody else does after a 429 or a 500
    return () => window.clearInterval(timer);
  }, [unknown, refetch]);
  useEffect(() => {
    shown(true);
    return () => shown(false);
  }, [shown]);
  return (
    <>
      <div className="screen" inert={ended}>
        <Suspense fallback={<Waiting />}>
          <WorkPage />
        </Suspense>
        <Questions />
        <Notes />
      </div>
      {ended && <Ended />}
    </>
  );
}

function Waiting() {
  const { t } = useTexts();
  return (
    <div className="middle">
      <Loader size="sm" />
      <p>{t("app.loading")}</p>
    </div>
  );
}

/** What gathers over time while any page is open. */
const FOLLOWERS = [(snapshot: Snapshot) => heat.take(snapshot), follow];

function Screen() {
  const ended = useEnded((s) => s.ended);
  const wall = useLocation()[0] === WALL;
  useEffect(() => (ended ? undefined : startLive(sessionEnded, FOLLOWERS)), [ended]);
  useEffect(() => forgetLive, []);
  return (
    <>
      <div className="screen" inert={ended}>
        {!wall && <Header />}
        <Banner />
        <AlarmStrip />
        <div className="body">
          {!wall && <Navigation />}
          <Suspense fallback={<Waiting />}>
            <Pages />
          </Suspense>
        </div>
        <Shortcuts />
        <Questions />
        <Notes />
      </div>
      {ended && <Ended />}
    </>
  );
}

/** Over the page, which keeps what was typed: the same person logs in and goes on; another one begins on the first page. */
function Ended() {
  const { t } = useTexts();
  const client = useQueryClient();
  const [, go] = useLocation();
  const before = useMe().data?.user;
  const back = (me: Me): void => {
    client.setQueryData(["me"], me);
    if (me.user !== before) go("/");
    sessionBack();
    void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "me" });
  };
  return (
    <div className="session-ended" role="dialog" aria-modal="true" aria-label={t("session.ended")}>
      <p>{t("session.ended")}</p>
      <Login done={back} />
    </div>
  );
}

function Pages() {
  const { t } = useTexts();
  const role = useMe().data?.role;
  return (
    <Switch>
      {PAGES.filter((page) => mayUse(page.role, role)).map((page) => (
        <Route key={page.path} path={page.path} component={page.View} />
      ))}
      <Route>
        <div className="middle">
          <p>{t("nav.nothing")}</p>
          <Link href="/">{t("nav.map")}</Link>
        </div>
      </Route>
    </Switch>
  );
}
