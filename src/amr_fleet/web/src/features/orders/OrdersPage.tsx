import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation } from "wouter";

import { useSite } from "../../shared/api/site";
import { CLOSED_STATES, type Order } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { orderLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { Root } from "../attention/Causes";
import { orderKinds } from "../order_form/form";
import { priorityWord } from "../order_form/priority";
import { ordersApi } from "./api";
import { DeadlineText } from "./DeadlineText";
import { useOpenOrders } from "./open_orders";
import { ReasonText } from "./ReasonText";

type Filter = "open" | "all";

/** More rows than anybody reads only slow the page down; the search looks through all. */
const MOST_ROWS = 200;

/** The queue and what became of it. */
export default function OrdersPage() {
  const { t } = useTexts();
  const [filter, setFilter] = useState<Filter>("open");
  const [search, setSearch] = useState("");
  const { orders, unseen } = useOrders(filter);
  const shown = useMatching(orders, search);
  const may = useMayOperate();
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.orders")}</h2>
          <div className="page-tools">
            <TextInput placeholder={t("orders.search")} aria-label={t("orders.search")} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
            <SegmentedControl
              value={filter}
              onChange={(value) => setFilter(value)}
              data={[
                { value: "open", label: t("orders.open") },
                { value: "all", label: t("orders.all") },
              ]}
            />
            {may && (
              <Button component={Link} href="/orders/import" variant="default">
                {t("import.open")}
              </Button>
            )}
          </div>
        </div>
        {shown === undefined && <p className="empty">{t("app.loading")}</p>}
        {shown?.length === 0 && unseen === 0 && <p className="empty">{t(filter === "open" ? "orders.none_open" : "orders.none")}</p>}
        {shown !== undefined && shown.length > 0 && <Table orders={shown.slice(0, MOST_ROWS)} />}
        {shown !== undefined && shown.length > MOST_ROWS && <p className="empty">{t("orders.more", { count: shown.length - MOST_ROWS })}</p>}
        {unseen > 0 && <p className="empty">{t("orders.unseen", { count: unseen })}</p>}
      </div>
    </main>
  );
}

function useOrders(filter: Filter): { orders: Order[] | undefined; unseen: number } {
  const open = useOpenOrders();
  const all = useQuery({ queryKey: ["orders"], queryFn: () => ordersApi.orders("all"), enabled: filter === "all", refetchInterval: 5000 });
  return filter === "all" ? { orders: all.data?.orders, unseen: 0 } : { orders: open?.orders, unseen: open?.unseen ?? 0 };
}

function useMatching(orders: Order[] | undefined, search: string): Order[] | undefined {
  const { place } = useTexts();
  const site = useSite();
  const wanted = search.trim().toLowerCase();
  if (wanted === "") return orders;
  return orders?.filter((o) =>
    [o.order_id, o.reference, o.load_id, o.robot, robotLabel(o.robot), o.pick_place, o.drop_place, place(o.pick_place, site), place(o.drop_place, site)]
      .some((text) => text.toLowerCase().includes(wanted)),
  );
}

function Table({ orders }: { orders: Order[] }) {
  const { t } = useTexts();
  const now = useLive((s) => s.panel?.t ?? 0);
  return (
    <table className="table table-cards">
      <thead>
        <tr>
          <th>{t("orders.col.order")}</th>
          <th>{t("orders.col.state")}</th>
          <th>{t("orders.col.way")}</th>
          <th>{t("orders.col.robot")}</th>
          <th>{t("orders.col.priority")}</th>
          <th>{t("orders.col.deadline")}</th>
          <th>{t("orders.col.age")}</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <Row key={order.order_id} order={order} now={now} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ order, now }: { order: Order; now: number }) {
  const texts = useTexts();
  const { t, age } = texts;
  const site = useSite();
  const [, go] = useLocation();
  const level = orderLevel(order, now);
  const closed = CLOSED_STATES.includes(order.state);
  const path = `/orders/${encodeURIComponent(order.order_id)}`;
  return (
    <tr className="link" data-testid={`order-${order.order_id}`} onClick={() => go(path)}>
      <td>
        <a href={path} onClick={(e) => e.preventDefault()}>
          <b>{order.order_id}</b>
        </a>
        {[order.reference, ...orderKinds(order).map((kind) => t(kind))].filter(Boolean).map((line) => (
          <div key={line} className="row-dim">
            {line}
          </div>
        ))}
      </td>
      <td>
        <span className={order.state === "FAILED" ? "text-red" : ""}>{t(`order.state.${order.state}`)}</span>
        {order.rank > 0 && <span className="row-dim"> · {t("order.rank", { rank: order.rank })}</span>}
        {order.reason !== null && (
          <div className="row-dim">
            <ReasonText order={order} reason={order.reason} now={now} />
          </div>
        )}
        <Root reason={order.reason} root={order.root} />
      </td>
      <td>
        {texts.place(order.pick_place, site)} → {texts.place(order.drop_place, site)}
      </td>
      <td data-label={t("orders.col.robot")} className={order.robot === "" ? "blank" : ""}>{order.robot === "" ? "–" : robotLabel(order.robot)}</td>
      <td data-label={t("orders.col.priority")} className={order.priority === 0 ? "blank" : ""}>{order.priority === 0 ? "–" : priorityWord(order.priority, texts)}</td>
      <td data-label={t("orders.col.deadline")} className={order.deadline > 0 ? `text-${level}` : "blank"}>
        <DeadlineText order={order} now={now} />
      </td>
      <td data-label={t("orders.col.age")}>{closed ? t("order.took", { age: age(order.finished - order.created) }) : age(now - order.created)}</td>
    </tr>
  );
}
