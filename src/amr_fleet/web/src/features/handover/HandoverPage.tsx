import "./styles.css";

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { Keys } from "../../shared/api/key";
import { useSite } from "../../shared/api/site";
import type { Alarm, Order, Robot, Snapshot, TempZone } from "../../shared/api/types";
import { clock, robotLabel } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { note } from "../../shared/ui/dialogs";
import { attentionApi } from "../attention/api";
import { Interventions, ShiftNotes } from "../attention/Handover";
import { afterName, lower } from "../attention/waits";
import { DeadlineText } from "../orders/DeadlineText";
import { type OpenMatters, markOf, openMatters } from "./open_matters";
import { upkeepApi, type WorkOrder } from "../upkeep/api";
import { stillOpen } from "../upkeep/judge";
import { OpenWorkOrders } from "../upkeep/OpenWorkOrders";
import { type Visit, visitsApi } from "../visits/api";
import { OpenVisits } from "../visits/OpenVisits";
import { openVisits } from "../visits/judge";
import { useOwnTexts } from "./own_texts";

const SHIFT_S = 8 * 3600;
const minutes = (t: number): string => clock(t).slice(0, -3);

/** What the live picture does not have: null until it is known. */
interface Beside {
  visits: Visit[] | null;
  work: WorkOrder[] | null;
}

function useBeside(): Beside {
  const visits = useQuery({ queryKey: ["visits"], queryFn: visitsApi.visits, refetchInterval: 5000 });
  const work = useQuery({ queryKey: ["work-orders", ""], queryFn: () => upkeepApi.list(""), refetchInterval: 10_000 });
  return {
    visits: visits.data === undefined ? null : openVisits(visits.data.visits),
    work: work.data === undefined ? null : stillOpen(work.data.work_orders, work.data.t),
  };
}

/** All that is open when one shift leaves and the next one comes, and who took it over. */
export default function HandoverPage() {
  const { t } = useOwnTexts();
  const snapshot = useLive((s) => s.panel);
  const beside = useBeside();
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("handover.title")}</h2>
          {snapshot !== null && <Tools matters={openMatters(snapshot)} beside={beside} now={snapshot.t} />}
        </div>
        {snapshot === null ? <p className="empty">{t("app.loading")}</p> : <Matters snapshot={snapshot} beside={beside} />}
      </div>
    </main>
  );
}

function Tools({ matters, beside, now }: { matters: OpenMatters; beside: Beside; now: number }) {
  const { t } = useOwnTexts();
  const client = useQueryClient();
  const may = useMayOperate();
  const robots = matters.paused.length + matters.troubled.length + matters.out.length;
  const said = t("handover.taken", { time: minutes(now), orders: matters.open, alarms: matters.alarms.length, zones: matters.zones.length, robots, visits: beside.visits?.length ?? "?", work: beside.work?.length ?? "?" });
  const [keys] = useState(() => new Keys()); // pressed twice, a shift is taken over once
  const take = useCommand(
    () => attentionApi.addNote(said, keys.of(said)),
    () => {
      note(t("handover.taken_note"));
      void client.invalidateQueries({ queryKey: ["notes"] });
    },
  );
  return (
    <div className="page-tools">
      <Button variant="default" onClick={() => window.print()}>
        {t("handover.print")}
      </Button>
      {may && (
        <Button onClick={() => take.mutate(undefined)} loading={take.isPending}>
          {t("handover.take")}
        </Button>
      )}
    </div>
  );
}

function Matters({ snapshot, beside }: { snapshot: Snapshot; beside: Beside }) {
  const { t } = useOwnTexts();
  const matters = openMatters(snapshot);
  const now = snapshot.t;
  return (
    <div className="cards">
      <div className="column">
        <Card title={t("handover.alarms")} none={t("alarms.none")}>
          {matters.alarms.map((alarm) => (
            <AlarmLine key={alarm.alarm_id} alarm={alarm} now={now} />
          ))}
        </Card>
        <OpenVisits visits={beside.visits} now={now} />
        <Card title={t("handover.robots")} none={t("handover.no_robots")}>
          {[...matters.paused, ...matters.troubled, ...matters.out].map((robot) => (
            <RobotLine key={robot.name} robot={robot} />
          ))}
        </Card>
        <Card title={t("handover.zones")} none={t("zones.none")}>
          {matters.zones.map((zone) => (
            <ZoneLine key={zone.zone_id} zone={zone} />
          ))}
        </Card>
      </div>
      <div className="column">
        <Card title={t("handover.orders")} lead={t("handover.orders_open", { open: matters.open, waiting: matters.waiting })} none={t("handover.no_urgent")}>
          {matters.urgent.map((order) => (
            <OrderLine key={order.order_id} order={order} now={now} />
          ))}
          {matters.held
            .filter((order) => !matters.urgent.includes(order))
            .map((order) => (
              <OrderLine key={order.order_id} order={order} now={now} />
            ))}
        </Card>
        <OpenWorkOrders open={beside.work} now={now} />
        <ShiftNotes begin={now - SHIFT_S} end={now} write />
        <Interventions begin={now - SHIFT_S} end={now} />
      </div>
    </div>
  );
}

function Card({ title, lead, none, children }: { title: string; lead?: string; none: string; children: ReactNode[] }) {
  const lines = children.flat();
  return (
    <section className="card" aria-label={title}>
      <h3>{title}</h3>
      {lead !== undefined && <p className="lead">{lead}</p>}
      {lines.length === 0 ? <p className="empty">{none}</p> : <ul className="open-matters">{lines}</ul>}
    </section>
  );
}

function AlarmLine({ alarm, now }: { alarm: Alarm; now: number }) {
  const { t, code, age } = useOwnTexts();
  const site = useSite();
  return (
    <li>
      <span className={`mark ${alarm.acked_by === "" ? "mark-red" : "mark-amber"}`} />
      <span>
        {code(alarm.reason.code, alarm.reason.facts, site)}
        <span className="row-dim">
          {" "}
          · {t("alarms.since", { time: minutes(alarm.reason.since), age: age(now - alarm.reason.since) })} · {alarm.acked_by === "" ? t("handover.not_yet") : t("alarms.acked", { user: alarm.acked_by, time: minutes(alarm.acked_at) })}
        </span>
      </span>
    </li>
  );
}

function RobotLine({ robot }: { robot: Robot }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  const label = robotLabel(robot.name);
  const error = robot.errors[0];
  const why = robot.waiting !== null ? code(robot.waiting.code, { robot: robot.name, ...robot.waiting.facts }, site) : error !== undefined ? code(error.code, { robot: robot.name, ...error.facts }, site) : "";
  const parts = [
    t(`status.${robot.status}`),
    robot.integration === "utilised" ? "" : t(`integration.${robot.integration}`),
    why === "" ? "" : afterName(label, why),
    robot.loads.length === 0 ? "" : t("handover.on_board", { load: robot.loads.join(", ") }),
  ];
  return (
    <li>
      <span className={`mark mark-${robot.paused ? "amber" : "red"}`} />
      <span>
        <Link href={`/robots/${encodeURIComponent(robot.name)}`}>{label}</Link> <span>{parts.filter((part) => part !== "").join(" · ")}</span>
      </span>
    </li>
  );
}

function ZoneLine({ zone }: { zone: TempZone }) {
  const { t } = useOwnTexts();
  return (
    <li>
      <span className="mark mark-amber" />
      <span>
        {t(`zone.${zone.kind}`)}: {zone.text} {zone.elements.length > 0 && `(${t("zones.lanes", { lanes: zone.elements.join(", ") })})`}
        <span className="row-dim">
          {" "}
          · {t("zones.by", { user: zone.user, time: minutes(zone.since) })}, {zone.until > 0 ? t("zones.until", { time: minutes(zone.until) }) : t("zones.open_end")}
        </span>
      </span>
    </li>
  );
}

function OrderLine({ order, now }: { order: Order; now: number }) {
  const texts = useOwnTexts();
  const site = useSite();
  return (
    <li>
      <span className={`mark mark-${markOf(order, now)}`} />
      <span>
        <Link href={`/orders/${encodeURIComponent(order.order_id)}`}>{order.order_id}</Link> {texts.place(order.pick_place, site)} → {texts.place(order.drop_place, site)}
        <span className="row-dim">
          {" "}
          · {order.held ? texts.t("change.held") : texts.t(`order.state.${order.state}`)}
          {!order.held && order.root !== null && ` · ${lower(texts.code(order.root.code, order.root.facts, site))}`} {order.deadline > 0 && <>· {texts.t("handover.due")} <DeadlineText order={order} now={now} /></>}
        </span>
      </span>
    </li>
  );
}
