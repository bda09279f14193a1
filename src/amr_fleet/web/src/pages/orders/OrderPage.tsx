import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useParams } from "wouter";

import { api, asApiError } from "../../api";
import { useMayOperate, useSite } from "../../commands";
import { clock, type Key, robotLabel, useTexts } from "../../i18n";
import { useLive } from "../../live";
import { CLOSED_STATES, type OrderDetail } from "../../types";
import { Change } from "./Change";
import { DeadlineText } from "./DeadlineText";
import { History } from "./History";

/** One order: where it stands, and all that happened to it. */
export default function OrderPage() {
  const { id = "" } = useParams<{ id: string }>();
  const { t, code } = useTexts();
  const query = useQuery({ queryKey: ["orders", id], queryFn: () => api.order(id), refetchInterval: 2000 });
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/orders">{t("nav.orders")}</Link>
        </p>
        {query.error !== null && <p className="form-error">{code(asApiError(query.error).code, asApiError(query.error).facts)}</p>}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && <Detail order={query.data} />}
      </div>
    </main>
  );
}

function Detail({ order }: { order: OrderDetail }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const may = useMayOperate() && !CLOSED_STATES.includes(order.state);
  const now = useLive((s) => s.panel?.t ?? 0);
  return (
    <>
      <div className="page-head">
        <h2>
          {t("order.title", { order: order.order_id })} · {t(`order.state.${order.state}` as Key)}
        </h2>
      </div>
      <div className="cards">
        <section className="card">
          <h3>{t("order.about")}</h3>
          {order.reason !== null && <p className="lead">{texts.code(order.reason.code, order.reason.facts, site)}</p>}
          <dl className="facts">
            <Row name={t("new.pick")}>{texts.place(order.pick_place, site)}</Row>
            <Row name={t("new.drop")}>{texts.place(order.drop_place, site)}</Row>
            <Row name={t("order.load")}>{order.load_id}</Row>
            <Row name={t("new.reference")}>{order.reference || "–"}</Row>
            <Row name={t("new.priority")}>{order.priority}</Row>
            <Row name={t("orders.col.deadline")}>
              <DeadlineText order={order} now={now} />
            </Row>
            <Row name={t("orders.col.robot")}>{robotLabel(order.robot || order.wanted_robot) || "–"}</Row>
            <Row name={t("order.created")}>{clock(order.created)}</Row>
            <Row name={t("order.picked")}>{order.picked > 0 ? clock(order.picked) : "–"}</Row>
            <Row name={t("order.finished")}>{order.finished > 0 ? clock(order.finished) : "–"}</Row>
          </dl>
          {may && <Change order={order} />}
        </section>
        <section className="card">
          <h3>{t("order.history")}</h3>
          <History entries={order.history} />
        </section>
      </div>
    </>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
