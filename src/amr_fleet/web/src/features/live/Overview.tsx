import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import type { Order, Snapshot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { orderLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { grouped } from "../attention/alarms";
import { Root } from "../attention/Causes";
import { afterName, holdingOrders, lower, waitingRobots } from "../attention/waits";
import { CutoffState } from "../book/CutoffState";
import { useBook } from "../book/hooks";
import { DeadlineText } from "../orders/DeadlineText";
import { WaitTrend } from "./WaitTrend";

const SHOWN = 5;

/** Under the map on a desk: what needs a person, who waits, and what must be out of the door next. */
export function Overview() {
  const snapshot = useLive((s) => s.panel);
  if (snapshot === null) return <div className="overview" />;
  return (
    <div className="overview">
      <Attention snapshot={snapshot} />
      <Waiting snapshot={snapshot} />
      <Due snapshot={snapshot} />
    </div>
  );
}

function Attention({ snapshot }: { snapshot: Snapshot }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  const shown = grouped(snapshot.alarms).flatMap((group) => group.shown).slice(0, SHOWN);
  const more = snapshot.alarms.length - shown.length;
  return (
    <section className="overview-card">
      <h3>
        <Link href="/attention">{t("nav.attention")}</Link>
      </h3>
      {shown.length === 0 && <p className="empty">{t("alarms.none")}</p>}
      <ul className="overview-list">
        {shown.map((alarm) => (
          <li key={alarm.alarm_id}>
            <span className={`mark ${alarm.acked_by === "" ? "mark-red" : "mark-amber"}`} />
            <span>
              {code(alarm.reason.code, alarm.reason.facts, site)}
              <span className="row-dim">
                {" "}
                · {alarm.acked_by === "" ? age(snapshot.t - alarm.reason.since) : alarm.acked_by}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="overview-more row-dim">{t("overview.more", { count: more })}</p>}
    </section>
  );
}

function Waiting({ snapshot }: { snapshot: Snapshot }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  const select = useFocus((s) => s.select);
  const held = holdingOrders(snapshot).slice(0, Math.max(1, SHOWN - 1 - snapshot.waits.cycles.length));
  const robots = waitingRobots(snapshot).slice(0, Math.max(0, SHOWN - snapshot.waits.cycles.length - held.length));
  return (
    <section className="overview-card">
      <h3>
        <Link href="/attention">{t("waits.title")}</Link>
      </h3>
      {robots.length + held.length === 0 && <p className="empty">{t("waits.none")}</p>}
      <ul className="overview-list">
        {snapshot.waits.cycles.map((cycle) => (
          <li key={cycle.join()} className="text-red">
            {t("waits.cycle", { robots: [...cycle, cycle[0] ?? ""].map(robotLabel).join(" → ") })}
          </li>
        ))}
        {held.map(({ cause, count }) => (
          <li key={`${cause.reason.code} ${JSON.stringify(cause.reason.facts)}`} data-testid="overview-held">
            <Link className="overview-row" href="/attention">
              <b>{t("overview.held", { count })}</b> {lower(code(cause.reason.code, cause.reason.facts, site))}
              <span className="row-dim"> · {age(snapshot.t - cause.reason.since)}</span>
              <span className="row-line row-dim">{t(`ends.${cause.ends}`)}</span>
            </Link>
          </li>
        ))}
        {robots.map((robot) => (
          <li key={robot.name}>
            <button type="button" className="overview-row" onClick={() => select(robot.name, true)}>
              <b>{robotLabel(robot.name)}</b> {robot.waiting === null ? "" : afterName(robotLabel(robot.name), code(robot.waiting.code, robot.waiting.facts, site))}
              <span className="row-dim"> · {age(snapshot.t - robot.waits_since)}</span>
              <Root reason={robot.waiting} root={robot.root} />
            </button>
          </li>
        ))}
      </ul>
      <WaitTrend />
    </section>
  );
}

/** The next trucks and barges, then the orders with the nearest deadlines. */
function Due({ snapshot }: { snapshot: Snapshot }) {
  const { t, place } = useTexts();
  const site = useSite();
  const may = useMayOperate();
  const cutoffs = [...(useBook().data?.cutoffs ?? [])].sort((a, b) => a.at - b.at).slice(0, 2);
  const orders = snapshot.orders.filter((o) => o.deadline > 0).sort((a, b) => a.deadline - b.deadline);
  const shown = orders.slice(0, SHOWN - 2 * cutoffs.length);
  return (
    <section className="overview-card">
      <h3>
        <Link href="/book">{t("overview.due")}</Link>
      </h3>
      {cutoffs.length === 0 && orders.length === 0 && <p className="empty">{t(may ? "overview.nothing_due_may" : "overview.nothing_due")}</p>}
      <ul className="overview-list">
        {cutoffs.map((cutoff) => (
          <li key={cutoff.name} className="overview-cutoff">
            <b>
              {cutoff.name} · {t(`cutoff.${cutoff.kind}`)}
            </b>
            <CutoffState cutoff={cutoff} />
          </li>
        ))}
        {shown.map((order) => (
          <li key={order.order_id}>
            <DueOrder order={order} now={snapshot.t} way={`${place(order.pick_place, site)} → ${place(order.drop_place, site)}`} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function DueOrder({ order, now, way }: { order: Order; now: number; way: string }) {
  return (
    <Link className="overview-row" href={`/orders/${encodeURIComponent(order.order_id)}`}>
      <b>{order.order_id}</b> {way} ·{" "}
      <span className={`text-${orderLevel(order, now)}`}>
        <DeadlineText order={order} now={now} />
      </span>
    </Link>
  );
}
