import "./styles.css";

import { Loader, Tabs } from "@mantine/core";
import { type CSSProperties, useState } from "react";

import { useSite } from "../../shared/api/site";
import type { XY } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { robotLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { type Tab, useFocus } from "../../shared/ui/focus";
import { lazyPart } from "../../shared/ui/lazy_page";
import { areaOf, floorOf } from "../floors/floors";
import { MapView } from "../map/MapView";
import { LEGEND_PX, MARGIN } from "../map/view";
import { useOpenCount } from "../orders/open_orders";
import { Orders } from "../orders/OrderList";
import { Robots } from "../robots/RobotList";
import { Overview } from "./Overview";

// What is not seen at first comes when it is opened.
const NewOrder = lazyPart(async () => ({ default: (await import("../orders/NewOrder")).NewOrder }));
const RobotDetails = lazyPart(async () => ({ default: (await import("../robots/RobotDetails")).RobotDetails }), true);
const Zones = lazyPart(async () => ({ default: (await import("../zones/Zones")).Zones }));

const LEGEND_SHARE = LEGEND_PX / 1350; // the map is about as wide as this on a desk

/** Width by height of the map with its margins: it then needs no empty field around the site. */
function aspect([width, height]: XY): number {
  const margin = 2 * MARGIN * Math.max(width, height);
  return (width + margin) / (height + margin + LEGEND_SHARE * (width + margin));
}

/** The live map with what moves on it and what is to be done, side by side. */
export default function LivePage() {
  const site = useSite();
  return (
    <main className="main">
      {site === undefined ? (
        <div className="middle">
          <Loader size="sm" />
        </div>
      ) : (
        <div className="main-left" style={{ "--aspect": aspect(areaOf(site, floorOf(site, null)).size) } as CSSProperties}>
          <MapView site={site} />
          <Overview />
        </div>
      )}
      <Rail />
      <Details />
    </main>
  );
}

function Details() {
  const asked = useFocus((s) => s.details !== null);
  const [ever, setEver] = useState(asked);
  if (asked && !ever) setEver(true); // stays, so that it can slide away
  return ever ? <RobotDetails /> : null;
}

function Rail() {
  const { t } = useTexts();
  const { tab, setTab } = useFocus();
  const abnormal = useLive((s) => s.panel?.robots.filter((r) => robotLevel(r, s.panel?.t ?? 0) === "red").length ?? 0);
  const zones = useLive((s) => s.panel?.zones.length ?? 0);
  const open = useOpenCount();
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
        <Tabs.Tab value="zones" rightSection={zones > 0 ? <span className="count">{zones}</span> : null}>
          {t("tab.zones")}
        </Tabs.Tab>
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
      <Tabs.Panel value="zones" className="rail-panel">
        <Zones />
      </Tabs.Panel>
    </Tabs>
  );
}
