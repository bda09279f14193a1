import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { CLOSED_STATES } from "../../shared/api/types";
import { clock, robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { Fact } from "../../shared/ui/Fact";
import { Root } from "../attention/Causes";
import { cargoApi } from "../cargo/api";
import { Custody } from "../cargo/Custody";
import { LoadLink } from "../cargo/LoadLink";
import { orderKinds } from "../order_form/form";
import { priorityWord } from "../order_form/priority";
import { type OrderDetail, ordersApi } from "./api";
import { Change } from "./Change";
import { DeadlineText } from "./DeadlineText";
import { History } from "./History";
import { ReasonText } from "./ReasonText";

/** One order: where it stands, and all that happened to it. */
export default function OrderPage() {
  const { id = "" } = useParams<{ id: string }>();
  const { t, code } = useTexts();
  const query = useQuery({ queryKey: ["orders", id], queryFn: () => ordersApi.order(id), refetchInterval: 2000 });
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
          {t("order.title", { order: order.order_id })} · {t(`order.state.${order.state}`)}
        </h2>
      </div>
      <div className="cards">
        <section className="card">
          <h3>{t("order.about")}</h3>
          {orderKinds(order).map((kind) => (
            <p key={kind} className="lead">
              {t(kind)}
            </p>
          ))}
          <OrderWhy order={order} now={now} />
          <dl className="facts">
            <Fact name={t("new.pick")}>{texts.place(order.pick_place, site)}</Fact>
            <Fact name={t("new.drop")}>{texts.place(order.drop_place, site)}</Fact>
            <Fact name={t("order.load")}>
              {order.has_load ? <LoadLink order={order} /> : "–"}
            </Fact>
            <Fact name={t("new.reference")}>{order.reference || "–"}</Fact>
            <Fact name={t("new.priority")}>{priorityWord(order.priority, texts)}</Fact>
            <Fact name={t("orders.col.deadline")}>
              <DeadlineText order={order} now={now} />
            </Fact>
            {order.cutoff !== "" && (
              <Fact name={t("new.cutoff")}>
                <Link href={`/visits/${encodeURIComponent(order.cutoff)}`}>{order.cutoff}</Link>
              </Fact>
            )}
            {order.earliest > 0 && <Fact name={t("order.earliest")}>{clock(order.earliest)}</Fact>}
            <Fact name={t("orders.col.robot")}>{robotLabel(order.robot || order.wanted_robot) || "–"}</Fact>
            {!CLOSED_STATES.includes(order.state) && (
              <Fact name={t("order.eta")}>
                <Expected order={order} />
              </Fact>
            )}
            <Fact name={t("order.created")}>{clock(order.created)}</Fact>
            <Fact name={t("order.picked")}>{order.picked > 0 ? clock(order.picked) : "–"}</Fact>
            <Fact name={t("order.finished")}>{order.finished > 0 ? clock(order.finished) : "–"}</Fact>
          </dl>
          {may && <Change order={order} />}
        </section>
        <div className="column">
          {order.load_id !== order.order_id && <LoadCard load={order.load_id} />}
          <section className="card">
            <h3>{t("order.history")}</h3>
            <History entries={order.history} />
          </section>
        </div>
      </div>
    </>
  );
}

/** Why it waits, since when, and what is behind that. */
function OrderWhy({ order, now }: { order: OrderDetail; now: number }) {
  const reasons = [order.reason, order.late ?? null].filter((r) => r !== null);
  return (
    <>
      {reasons.map((reason) => (
        <p key={reason.code} className={reason.code === "alarm.order_late" ? "lead text-red" : "lead"}>
          <ReasonText order={order} reason={reason} now={now} />
        </p>
      ))}
      <Root reason={order.reason} root={order.root} />
    </>
  );
}

/** What is moved, and its chain of custody. */
function LoadCard({ load }: { load: string }) {
  const { t } = useTexts();
  const query = useQuery({ queryKey: ["cargo", "one", load], queryFn: () => cargoApi.load(load), refetchInterval: 3000, retry: false });
  const found = query.data;
  if (found === undefined) return null; // an order whose load never got a number
  const parts = [t(`cargo.kind.${found.kind === "" ? "none" : found.kind}`), found.lot, found.container, found.customer, found.weight_kg > 0 ? `${found.weight_kg} kg` : "", found.load_type].filter((part) => part !== "");
  return (
    <section className="card">
      <h3>{t("cargo.custody")}</h3>
      <p className="lead">
        <Link href={`/cargo/${encodeURIComponent(load)}`}>{load}</Link> <span className="row-dim">{parts.join(" · ")}</span>
      </p>
      {found.customs_hold && <p className="lead text-red">{t("customs.held")}</p>}
      <Custody load={found} />
    </section>
  );
}

/** When it is expected, to the minute, and between when; nobody knows while something holds it. */
function Expected({ order }: { order: OrderDetail }) {
  const { t } = useTexts();
  const [at, early, late] = [order.eta ?? 0, order.eta_early ?? 0, order.eta_late ?? 0].map((time) => clock(time).slice(0, -3));
  if ((order.eta ?? 0) === 0) return <>{t("order.eta_unknown")}</>;
  return (
    <>
      {at} {early !== late && <span className="row-dim">({t("order.eta_span", { early: early ?? "", late: late ?? "" })})</span>}
    </>
  );
}
