import "./styles.css";

import { Button, SegmentedControl, Select } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { useCommand } from "../../shared/api/command";
import { asApiError } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { carriesLoad, type Order, type OrderState } from "../../shared/api/types";
import { type Key, robotLabel, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMe } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { priorityWord } from "../order_form/priority";
import { Reason } from "../robots/HeldWords";
import { othersOf, whoSays } from "../robots/said";
import { Effect } from "../whatif/Effect";
import { type CancelMode, ordersApi } from "./api";

const BEFORE_PICK: readonly OrderState[] = ["QUEUED", "ASSIGNED", "TO_PICK"];
const PRIORITIES = ["0", "5", "9"];

/** What an operator may do to an open order. */
export function Change({ order }: { order: Order }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const id = order.order_id;
  const priority = useCommand((value: number) => ordersApi.setPriority(id, value), (o) => note(t("change.priority_done", { order: id, priority: priorityWord(o.priority, texts) })), true);
  const me = useMe().data?.user ?? "";
  const hold = useCommand(({ held, ...said }: { held: boolean; text?: string; instead_of?: string; seen?: number }) => ordersApi.setHeld(id, held, said), (o) => note(t(o.held ? "change.held_done" : "change.released_done", { order: id })), true);
  const give = useCommand(
    (robot: string) => ordersApi.reassign(id, robot),
    (o) => note(t("change.robot_done", { order: id, robot: robotLabel(o.wanted_robot) || t("change.any") })),
    true,
  );
  const cancel = useCommand(
    (mode: CancelMode) => ordersApi.cancelOrder(id, mode),
    (o) => note(t(o.state === "CANCELLED" ? "order.cancelled_note" : "change.cancel_asked", { order: id })),
    true,
  );
  const others = order.hold === null ? "" : (othersOf([order.hold], me)[0] ?? "");
  const release = async (): Promise<void> => {
    const question = { title: t("held.release_title", { order: id }), body: order.hold === null ? "" : whoSays([order.hold], texts, "held.order"), warning: t("held.sure_order", { user: others }), confirm: others === "" ? t("change.release") : t("held.release_for", { user: others }) };
    const seen = order.hold?.since ?? 0; // a hold of after the question stays
    if (others === "" || (await ask(question))) hold.mutate({ held: false, instead_of: others, seen });
  };
  const ready = [t("held.ready.papers"), t("held.ready.goods"), t("held.ready.ask")];
  const all = [priority, hold, give, cancel];
  const newest = all.reduce((a, b) => (b.submittedAt > a.submittedAt ? b : a));
  const error = newest.error === null ? null : asApiError(newest.error);
  const current = String(order.priority);
  const levels = PRIORITIES.includes(current) ? PRIORITIES : [...PRIORITIES, current].sort();
  const early = BEFORE_PICK.includes(order.state);
  return (
    <div className="change" data-testid="change-order">
      <h3>{t("change.title")}</h3>
      {order.held && (
        <p className="lead">
          {t("change.held")} {order.hold !== null && whoSays([order.hold], texts, "held.order")}
        </p>
      )}
      {order.hold !== null && others === "" && order.hold.user === me && <Reason key={order.hold.text} held={order.hold} ready={ready} busy={hold.isPending} onSay={(text) => hold.mutate({ held: true, text })} />}
      {others !== "" && (
        <Button variant="default" size="compact-sm" loading={hold.isPending} onClick={() => hold.mutate({ held: true, instead_of: others })}>
          {t("held.take_over", { user: others })}
        </Button>
      )}
      {order.cancelling && <p className="lead">{t("change.cancelling")}</p>}
      <div>
        <div className="label">{t("new.priority")}</div>
        <SegmentedControl
          value={current}
          disabled={priority.isPending}
          onChange={(value) => priority.mutate(Number(value))}
          data={levels.map((value) => ({ value, label: priorityWord(Number(value), texts) }))}
        />
      </div>
      {early && !order.cancelling && <Give order={order} busy={give.isPending} give={(robot) => give.mutate(robot)} />}
      <div className="button-row">
        {(early || order.held) && (
          <Button variant="default" loading={hold.isPending} onClick={() => (order.held ? void release() : hold.mutate({ held: true }))}>
            {t(order.held ? "change.release" : "change.hold")}
          </Button>
        )}
        <Cancel order={order} busy={cancel.isPending} cancel={(mode) => cancel.mutate(mode)} />
      </div>
      {error !== null && (
        <p className="form-error" role="alert">
          {texts.code(error.code, error.facts, site)}
        </p>
      )}
    </div>
  );
}

function Give({ order, busy, give }: { order: Order; busy: boolean; give: (robot: string) => void }) {
  const { t } = useTexts();
  const names = useLive((s) => s.panel?.robots.map((r) => r.name).join() ?? "");
  const now = order.robot || order.wanted_robot;
  const [robot, setRobot] = useState<string | null>(null);
  const data = [{ value: "", label: t("change.any") }, ...names.split(",").filter(Boolean).map((name) => ({ value: name, label: robotLabel(name) }))];
  return (
    <div className="button-row change-robot">
      <Select label={t("change.robot")} data={data} value={robot ?? now} onChange={(v) => setRobot(v ?? "")} allowDeselect={false} searchable />
      <Button variant="default" loading={busy} disabled={robot === null || robot === now} onClick={() => give(robot ?? "")}>
        {t("change.give")}
      </Button>
    </div>
  );
}

function Cancel({ order, busy, cancel }: { order: Order; busy: boolean; cancel: (mode: CancelMode) => void }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const press = async (mode: CancelMode, label: Key, body: Key, warning?: Key): Promise<void> => {
    const way = `${texts.place(order.pick_place, site)} → ${texts.place(order.drop_place, site)}`;
    const yes = await ask({
      title: t("ask.cancel_order.title", { order: order.order_id }),
      body: t(body, { way }),
      ...(warning === undefined ? {} : { warning: t(warning) }),
      detail: <Effect change={{ cancelled_orders: [order.order_id] }} />,
      confirm: t(label),
    });
    if (yes) cancel(mode);
  };
  // With a load on board there is more to say than yes.
  if (carriesLoad(order)) {
    return (
      <Button component={Link} href={`/orders/${encodeURIComponent(order.order_id)}/cancel`} variant="default" className="text-red">
        {t("change.cancel_loaded")}
      </Button>
    );
  }
  return (
    <>
      <Button variant="default" disabled={busy || order.cancelling} onClick={() => void press("after_leg", "change.cancel_leg", "change.cancel_leg_body")}>
        {t("change.cancel_leg")}
      </Button>
      {order.state !== "QUEUED" && (
        <Button
          variant="default"
          className="text-red"
          disabled={busy}
          onClick={() => void press("now", "change.cancel_now", "change.cancel_now_body", "change.cancel_now_warning")}
        >
          {t("change.cancel_now")}
        </Button>
      )}
    </>
  );
}
