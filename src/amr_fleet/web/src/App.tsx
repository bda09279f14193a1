import { Button, Loader, Tabs } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { asApiError } from "./api";
import { useMe, useSite } from "./commands";
import { Header } from "./Header";
import { useTexts } from "./i18n";
import { robotLevel } from "./levels";
import { startLive, useLive } from "./live";
import { Login } from "./Login";
import { MapView } from "./map/MapView";
import { Banner, Notes, Questions } from "./Overlays";
import { NewOrder } from "./panels/NewOrder";
import { Orders } from "./panels/Orders";
import { RobotDetails } from "./panels/RobotDetails";
import { Robots } from "./panels/Robots";
import { type Tab, useUi } from "./ui";

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
  const site = useSite();
  const client = useQueryClient();
  useEffect(() => startLive(() => void client.resetQueries({ queryKey: ["me"] })), [client]);
  return (
    <div className="screen">
      <Header />
      <Banner />
      <main className="main">
        {site === undefined ? <Waiting /> : <MapView site={site} />}
        <Rail />
      </main>
      <RobotDetails />
      <Questions />
      <Notes />
    </div>
  );
}

function Rail() {
  const { t } = useTexts();
  const { tab, setTab } = useUi();
  const abnormal = useLive((s) => s.panel?.robots.filter((r) => robotLevel(r, s.panel?.t ?? 0) === "red").length ?? 0);
  const open = useLive((s) => s.panel?.orders.length ?? 0);
  return (
    <Tabs value={tab} onChange={(value) => setTab(value as Tab)} className="rail" keepMounted={false}>
      <Tabs.List grow className="rail-tabs">
        <Tabs.Tab value="robots" rightSection={abnormal > 0 ? <span className="count count-red">{abnormal}</span> : null}>
          {t("tab.robots")}
        </Tabs.Tab>
        <Tabs.Tab value="orders" rightSection={open > 0 ? <span className="count">{open}</span> : null}>
          {t("tab.orders")}
        </Tabs.Tab>
        <Tabs.Tab value="new">{t("tab.new")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="robots" className="rail-panel">
        <Robots />
      </Tabs.Panel>
      <Tabs.Panel value="orders" className="rail-panel">
        <Orders />
      </Tabs.Panel>
      <Tabs.Panel value="new" className="rail-panel">
        <NewOrder />
      </Tabs.Panel>
    </Tabs>
  );
}
