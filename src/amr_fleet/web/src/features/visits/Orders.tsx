import type { ReactNode } from "react";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { robotLabel } from "../../shared/i18n/texts";
import { Root } from "../attention/Causes";
import { LoadLink } from "../cargo/LoadLink";
import type { VisitOrder } from "./api";
import { exceptions, tally } from "./judge";
import { moment } from "./moments";
import { type Own, useOwnTexts } from "./own_texts";

const MOST = 40;

/** Open orders that will not be there before it closes, the last one first. */
export function Threats({ found, now }: { found: VisitOrder[]; now: number }) {
  return (
    <Listed title="visits.threats" none="visits.no_threats" id="visit-threats" count={found.length}>
      {found.slice(0, MOST).map((order) => (
        <Open key={order.order_id} order={order} now={now} red />
      ))}
    </Listed>
  );
}

/** The other open orders, as they are served, and what each waits for. */
export function Waiting({ open, now }: { open: VisitOrder[]; now: number }) {
  return (
    <Listed title="visits.waiting" none="visits.no_waiting" id="visit-waiting" count={open.length}>
      {open.slice(0, MOST).map((order) => (
        <Open key={order.order_id} order={order} now={now} />
      ))}
    </Listed>
  );
}

/** Loads that people call wrong or damaged, and orders that came to nothing. */
export function Exceptions({ orders }: { orders: VisitOrder[] }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  const found = exceptions(orders);
  return (
    <Listed title="visits.exceptions" none="visits.no_exceptions" id="visit-exceptions" count={found.length}>
      {found.slice(0, MOST).map(({ order, what }) => (
        <li key={`${order.order_id} ${what}`}>
          <b className={what === "CANCELLED" ? "" : "text-red"}>{t(`visits.what.${what}`)}</b> · <LoadLink order={order} /> · <OrderLink order={order} />
          {what === "FAILED" && order.reason !== null && <div className="row-dim">{code(order.reason.code, order.reason.facts, site)}</div>}
        </li>
      ))}
    </Listed>
  );
}

/** What was delivered, when, from where to where and by whom. */
export function Tally({ orders, now }: { orders: VisitOrder[]; now: number }) {
  const { t } = useOwnTexts();
  const done = tally(orders);
  return (
    <section className="card" data-testid="visit-tally">
      <h3>
        {t("visits.tally")}
        {done.length > 0 && <span className="row-dim"> · {done.length}</span>}
      </h3>
      {done.length === 0 && <p className="empty">{t("visits.no_tally")}</p>}
      {done.length > 0 && (
        <table className="table table-cards">
          <thead>
            <tr>
              <th>{t("visits.col.time")}</th>
              <th>{t("visits.col.load")}</th>
              <th>{t("visits.col.way")}</th>
              <th>{t("orders.col.robot")}</th>
            </tr>
          </thead>
          <tbody>
            {done.slice(0, MOST).map((order) => (
              <tr key={order.order_id}>
                <td className="nowrap">{moment(order.finished, now)}</td>
                <td>
                  <LoadLink order={order} />
                </td>
                <td>
                  <Way order={order} />
                </td>
                <td data-label={t("orders.col.robot")}>{robotLabel(order.robot)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More count={done.length - MOST} />
    </section>
  );
}

function Listed({ title, none, id, count, children }: { title: Own; none: Own; id: string; count: number; children: ReactNode }) {
  const { t } = useOwnTexts();
  return (
    <section className="card" data-testid={id}>
      <h3>
        {t(title)}
        {count > 0 && <span className="row-dim"> · {count}</span>}
      </h3>
      {count === 0 && <p className="empty">{t(none)}</p>}
      <ul className="visit-orders">{children}</ul>
      <More count={count - MOST} />
    </section>
  );
}

function More({ count }: { count: number }) {
  const { t } = useOwnTexts();
  return count > 0 ? <p className="empty">{t("visits.more", { count })}</p> : null;
}

function Open({ order, now, red = false }: { order: VisitOrder; now: number; red?: boolean }) {
  const { t, code } = useOwnTexts();
  const site = useSite();
  return (
    <li data-testid={`visit-order-${order.order_id}`}>
      <OrderLink order={order} /> · {t(`order.state.${order.state}`)}
      {order.robot !== "" && ` · ${robotLabel(order.robot)}`} ·{" "}
      <span className={red ? "text-red" : "row-dim"}>{order.eta > 0 ? t("visits.expected", { time: moment(order.eta, now) }) : t("visits.no_eta")}</span>
      <div className="row-dim">
        <Way order={order} />
      </div>
      {order.reason !== null && <div>{code(order.reason.code, order.reason.facts, site)}</div>}
      <Root reason={order.reason} root={order.root} />
    </li>
  );
}

function Way({ order }: { order: VisitOrder }) {
  const { place } = useOwnTexts();
  const site = useSite();
  return (
    <>
      {place(order.pick_place, site)} → {place(order.drop_place, site)}
    </>
  );
}

function OrderLink({ order }: { order: VisitOrder }) {
  return <Link href={`/orders/${encodeURIComponent(order.order_id)}`}>{order.order_id}</Link>;
}
