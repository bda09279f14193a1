import { Button, Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { Link, Route, Switch } from "wouter";

import { AlarmStrip } from "./AlarmStrip";
import { asApiError } from "./api";
import { useMe } from "./commands";
import { ChangePassword } from "./ChangePassword";
import { Header } from "./Header";
import { useTexts } from "./i18n";
import { startLive } from "./live";
import { Login } from "./Login";
import { Navigation } from "./Navigation";
import { Banner, Notes, Questions } from "./Overlays";
import { PAGES } from "./pages";
import { mayUse } from "./roles";

export function App() {
  const { t, code } = useTexts();
  const me = useMe();
  useEffect(() => {
    document.title = t("app.title");
  });
  if (me.isPending) return <Waiting />;
  if (me.error !== null) {
    const error = asApiError(me.error);
    if (error.status === 401) return <Login />;
    return (
      <div className="middle">
        <p>{code(error.code, error.facts)}</p>
        <Button onClick={() => void me.refetch()}>{t("app.retry")}</Button>
      </div>
    );
  }
  if (me.data.must_change) return <ChangePassword />;
  return <Screen />;
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

function Screen() {
  const client = useQueryClient();
  useEffect(() => startLive(() => void client.resetQueries({ queryKey: ["me"] })), [client]);
  return (
    <div className="screen">
      <Header />
      <Banner />
      <AlarmStrip />
      <div className="body">
        <Navigation />
        <Suspense fallback={<Waiting />}>
          <Pages />
        </Suspense>
      </div>
      <Questions />
      <Notes />
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
