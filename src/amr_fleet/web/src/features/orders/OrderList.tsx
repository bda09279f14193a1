import "./styles.css";

import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import { carriesLoad, CLOSED_STATES, type Order } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { orderLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { Root } from "../attention/Causes";
import { orderKinds } from "../order_form/form";
import { priorityWord } from "../order_form/priority";
import { Effect } from "../whatif/Effect";
import { ordersApi } from "./api";
import { useOpenOrders } from "./open_orders";
import { ReasonText } from "./ReasonText";

type Filter = "open" | "all";

const MOST_ROWS = 60;

export function Orders() {
  const { t } = useTexts();
  const [filter, setFilter] = useState<Filter>("open");
  const snapshot = useLive((s) => s.panel);
  const all = useQuery({ queryKey: ["orders"], queryFn: () => ordersApi.orders("all"), enabled: filter === "all", refetchInterval: 5000 });
  const now = snapshot?.t ?? 0;
  const open = useOpenOrders();
  const orders = filter === "all" ? all.data?.orders : open?.orders;
  const unseen = filter === "all" ? 0 : (open?.unseen ?? 0);
  return (
    <>
      <div className="panel-head">
        <SegmentedControl
          size="sm"
          value={filter}
          onChange={(value) => setFilter(value)}
          data={[
            { value: "open", label: t("orders.open") },
            { value: "all", label: t("orders.all") },
          ]}
        />
        {orders !== undefined && <span className="row-dim">{t("orders.count", { count: orders.length + unseen })}</span>}
      </div>
      {orders === undefined && <p className="empty">{t("app.loading")}</p>}
      {orders?.length === 0 && <p className="empty">{t(filter === "open" ? "orders.none_open" : "orders.none")}</p>}
      <ul className="list">{orders?.slice(0, MOST_ROWS).map((order) => <OrderRow key={order.order_id} order={order} now={now} />)}</ul>
      {orders !== undefined && orders.length + unseen > MOST_ROWS && (
        <p className="empty">
          <Link href="/orders">{t("overview.more", { count: orders.length + unseen - MOST_ROWS })}</Link>
        </p>
      )}
    </>
  );
}

function OrderRow({ order, now }: { order: Order; now: number }) {
  const texts = useTexts();
  const { t, age } = texts;
  const site = useSite();
  const level = orderLevel(order, now);
  const closed = CLOSED_STATES.includes(order.state);
  const ago = closed ? t("order.took", { age: age(order.finished - order.created) }) : t("order.age", { age: age(now - order.created) });
  return (
    <li className="row" data-testid={`order-${order.order_id}`}>
      <div className="row-main row-order">
        <span className={`mark mark-${level === "normal" ? "none" : level}`} />
        <span className="row-name">{order.order_id}</span>
        <span className={`row-status text-${order.state === "FAILED" ? "red" : "normal"}`}>{t(`order.state.${order.state}`)}</span>
        <span className="row-right">{order.robot === "" ? "" : robotLabel(order.robot)}</span>
        <span className="row-line">
          {texts.place(order.pick_place, site)} → {texts.place(order.drop_place, site)}
        </span>
        <span className="row-line row-dim">
          {ago}
          {order.rank > 0 && <> · {t("order.rank", { rank: order.rank })}</>}
          {order.priority > 0 && <> · {t("order.priority", { priority: priorityWord(order.priority, texts) })}</>}
          {order.reference !== "" && <> · {order.reference}</>}
          {orderKinds(order).map((kind) => ` · ${t(kind)}`)}
          <Deadline order={order} now={now} />
        </span>
        {order.reason !== null && (
          <span className="row-line">
            <ReasonText order={order} reason={order.reason} now={now} />
          </span>
        )}
        <Root reason={order.reason} root={order.root} />
      </div>
      <div className="row-actions">{!closed && <CancelButton order={order} />}</div>
    </li>
  );
}

function Deadline({ order, now }: { order: Order; now: number }) {
  const { t, age } = useTexts();
  if (order.deadline <= 0) return null;
  const at = order.finished > 0 ? order.finished : now;
  const late = at > order.deadline;
  if (!late && order.finished > 0) return null;
  const text = late ? t("order.late", { age: age(at - order.deadline) }) : t("order.left", { age: age(order.deadline - at) });
  return (
    <>
      {" · "}
      <b className={`text-${late ? "red" : orderLevel(order, now)}`}>{text}</b>
    </>
  );
}

function CancelButton({ order }: { order: Order }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const command = useCommand((order: string) => ordersApi.cancelOrder(order), (done) => note(t("order.cancelled_note", { order: done.order_id })));
  if (!useMayOperate()) return null;
  if (carriesLoad(order)) {
    return (
      <Link className="small" href={`/orders/${encodeURIComponent(order.order_id)}/cancel`} aria-label={`${t("order.cancel")} ${order.order_id}`}>
        {t("order.cancel")}
      </Link>
    );
  }
  const press = async (): Promise<void> => {
    const yes = await ask({
      title: t("ask.cancel_order.title", { order: order.order_id }),
      body: t("ask.cancel_order.body", { pick: texts.place(order.pick_place, site), drop: texts.place(order.drop_place, site) }),
      detail: <Effect change={{ cancelled_orders: [order.order_id] }} />,
      confirm: t("order.cancel"),
    });
    if (yes) command.mutate(order.order_id);
  };
  return (
    <button
      type="button"
      className="small"
      disabled={command.isPending}
      aria-label={`${t("order.cancel")} ${order.order_id}`}
      onClick={() => void press()}
    >
      {t("order.cancel")}
    </button>
  );
}
