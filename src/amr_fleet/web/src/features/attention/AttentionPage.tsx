import "./styles.css";

import { Button } from "@mantine/core";
import { Fragment, useState } from "react";
import { Link, useLocation } from "wouter";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import type { Alarm, Robot, Site, Snapshot } from "../../shared/api/types";
import { clock, type Key, robotLabel, type Texts, useTexts } from "../../shared/i18n/texts";
import { useLive } from "../../shared/live/live";
import { useMayOperate, useMe } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { useSteady } from "../../shared/ui/steady";
import { grouped, sorted } from "./alarms";
import { ackAll, attentionApi } from "./api";
import { setSound, useSound } from "./bell";
import { Causes, Root } from "./Causes";
import { AskedAlarm, Interventions, ShiftNotes } from "./Handover";
import { RaiseFire } from "./RaiseFire";
import { afterName, behind, lower, nearPlace, waitingRobots } from "./waits";

const SHIFT_S = 8 * 3600;

/** What needs a person, and why everything else waits. */
export default function AttentionPage() {
  const { t } = useTexts();
  const snapshot = useLive((s) => s.panel);
  const mayOperate = useMayOperate();
  if (snapshot === null) {
    return (
      <main className="page">
        <p className="empty">{t("app.loading")}</p>
      </main>
    );
  }
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("alarms.title")}</h2>
          <div className="page-tools">
            <RaiseFire />
            {mayOperate && (
              <Button component={Link} href="/escalation" variant="default">
                {t("alarms.escalation")}
              </Button>
            )}
            <Bell />
          </div>
        </div>
        <Asked snapshot={snapshot} />
        <Alarms snapshot={snapshot} />
        <Causes snapshot={snapshot} />
        <div className="cards attention-waits">
          <div className="column">
            <RobotWaits snapshot={snapshot} />
            <Interventions begin={snapshot.t - SHIFT_S} end={snapshot.t} />
          </div>
          <div className="column">
            <OrderWaits snapshot={snapshot} />
            <ShiftNotes begin={snapshot.t - SHIFT_S} end={snapshot.t} write />
          </div>
        </div>
      </div>
    </main>
  );
}

/** The alarm of the message that was pressed. */
function askedAlarm(): string {
  return new URLSearchParams(window.location.search).get("alarm") ?? "";
}

function Asked({ snapshot }: { snapshot: Snapshot }) {
  const asked = askedAlarm();
  return asked === "" || snapshot.alarms.some((one) => one.alarm_id === asked) ? null : <AskedAlarm alarm={asked} now={snapshot.t} />;
}

/** On, off, or on while the browser still keeps the page silent: then a press arms it (bell.ts), and the next one turns it off. */
function Bell() {
  const { t } = useTexts();
  const { on, armed } = useSound();
  const [pressed, setPressed] = useState(false);
  const silent = on && !armed;
  const press = (): void => {
    if (!silent || pressed) setSound(!on); // a second press on what stays silent: there is no sound here
    setPressed(silent);
  };
  return (
    <Button variant="default" onClick={press}>
      {t(silent ? "alarms.sound_silent" : on ? "alarms.sound_on" : "alarms.sound_off")}
    </Button>
  );
}

function Alarms({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTexts();
  // A second press must not meet the next alarm's button because the first one's row has moved or gone.
  const { rows, over, handlers } = useSteady(sorted(snapshot.alarms), (alarm) => alarm.alarm_id, true);
  if (rows.length === 0) return <p className="card empty">{t("alarms.none")}</p>;
  return (
    <ul className="list card alarm-list" {...handlers}>
      {grouped(rows).map(({ shown, more }) => (
        <Fragment key={`${shown[0]?.reason.code} ${shown[0]?.acked_by === ""}`}>
          {shown.map((alarm) => (
            <AlarmRow key={alarm.alarm_id} alarm={alarm} now={snapshot.t} over={over.has(alarm.alarm_id)} />
          ))}
          {more.length > 0 && <More alarms={[...shown, ...more]} count={more.length} />}
        </Fragment>
      ))}
    </ul>
  );
}

function More({ alarms, count }: { alarms: Alarm[]; count: number }) {
  const { t } = useTexts();
  const mayOperate = useMayOperate();
  const ack = useCommand(() => ackAll(alarms.map((a) => a.alarm_id)));
  const untaken = alarms[0]?.acked_by === "";
  return (
    <li className="alarm">
      <span className={`mark ${untaken ? "mark-red" : "mark-amber"}`} />
      <div className="alarm-text">{t("alarms.more", { count })}</div>
      {mayOperate && untaken && (
        <div className="alarm-actions">
          <Button variant="default" onClick={() => ack.mutate(undefined)} loading={ack.isPending}>
            {t("alarms.ack_all", { count: alarms.length })}
          </Button>
        </div>
      )}
    </li>
  );
}

function AlarmRow({ alarm, now, over }: { alarm: Alarm; now: number; over: boolean }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const mayOperate = useMayOperate();
  const me = useMe().data?.user;
  const ack = useCommand(() => attentionApi.ackAlarm(alarm.alarm_id, alarm.acked_by));
  const error = useLive((s) => s.panel?.robots.find((r) => r.name === alarm.robot)?.errors.find((e) => told(alarm, e)));
  const cause = useLive((s) => s.panel?.causes.find((c) => alarm.reason.code === "alarm.blocked" && c.robots.includes(alarm.robot)));
  const asked = askedAlarm() === alarm.alarm_id;
  const elsewhere = alarm.reason.code === "alarm.not_localized" && alarm.reason.facts.x !== undefined;
  const todo = elsewhere ? "todo.elsewhere" : (`todo.${alarm.reason.code.slice("alarm.".length)}` as Key);
  return (
    <li className="alarm" data-testid={`alarm-${alarm.alarm_id}`} aria-current={asked || undefined} ref={asked ? seen : undefined}>
      <span className={`mark ${over ? "" : alarm.acked_by === "" ? "mark-red" : "mark-amber"}`} />
      <div className="alarm-text">
        <b>
          {texts.code(alarm.reason.code, alarm.reason.facts, site)}
          {error !== undefined && `: ${lower(texts.code(error.code, { robot: alarm.robot, ...error.facts }, site))}`}
        </b>
        <span>{over ? t("alarms.over") : cause === undefined ? t(todo) : `${texts.code(cause.reason.code, cause.reason.facts, site)}. ${t(`ends.${cause.ends}`)}`}</span>
        <span className="row-dim">
          {t("alarms.since", { time: clock(alarm.reason.since), age: texts.age(now - alarm.reason.since) })}
          {alarm.acked_by !== "" && ` · ${t("alarms.acked", { user: alarm.acked_by, time: clock(alarm.acked_at) })}`}
        </span>
      </div>
      <div className="alarm-actions">
        {mayOperate && alarm.acked_by !== me && !over && (
          <Button variant={alarm.acked_by === "" ? "filled" : "default"} onClick={() => ack.mutate(undefined)} loading={ack.isPending}>
            {alarm.acked_by === "" ? t("alarms.ack") : t("alarms.take_over", { user: alarm.acked_by })}
          </Button>
        )}
        <Show alarm={alarm} />
      </div>
    </li>
  );
}

/** A stable function: React calls it when the row comes, not whenever it is drawn. */
function seen(row: HTMLLIElement | null): void {
  row?.scrollIntoView({ block: "center" });
}

/** Whether an alarm about a robot's error is about this one: each error has its own. */
function told(alarm: Alarm, error: Robot["errors"][number]): boolean {
  const { error: code, type } = alarm.reason.facts;
  return alarm.reason.code === "alarm.robot_error" && error.code === code && (type === undefined || error.facts.type === type);
}

function Show({ alarm }: { alarm: Alarm }) {
  const { t } = useTexts();
  const [, go] = useLocation();
  const select = useFocus((s) => s.select);
  const press = (): void => {
    if (alarm.robot === "" && alarm.order_id !== "") go(`/orders/${alarm.order_id}`);
    else {
      go("/");
      if (alarm.robot !== "") window.setTimeout(() => select(alarm.robot, true), 100); // the map must be there to move
    }
  };
  const label = alarm.robot !== "" ? "todo.show_robot" : alarm.order_id !== "" ? "todo.show_order" : "todo.show_map";
  return (
    <Button variant="default" onClick={press}>
      {t(label)}
    </Button>
  );
}

function RobotWaits({ snapshot }: { snapshot: Snapshot }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const robots = waitingRobots(snapshot);
  const { waits } = snapshot;
  return (
    <section className="card">
      <h3>{t("waits.title")}</h3>
      {waits.cycles.map((cycle) => (
        <p key={cycle.join()} className="form-error cycle">
          {t("waits.cycle", { robots: [...cycle, cycle[0] ?? ""].map(robotLabel).join(" → ") })}
        </p>
      ))}
      {waits.longest !== "" && (
        <p className="lead" data-testid="longest-wait">
          {t("waits.longest", { robot: robotLabel(waits.longest), age: texts.age(waits.longest_s) })}
        </p>
      )}
      {robots.length === 0 && <p className="empty">{t("waits.none")}</p>}
      <ul className="wait-list">
        {robots.map((robot) => (
          <li key={robot.name} data-testid={`wait-${robot.name}`}>
            {robotSentence(robot, snapshot, texts, site)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One sentence: who, why, where, since when; then the root. */
function robotSentence(robot: Robot, snapshot: Snapshot, texts: Texts, site: Site | undefined): string {
  const { t } = texts;
  const w = robot.waiting;
  if (w === null) return "";
  const near = nearPlace(robot, site);
  const label = robotLabel(robot.name);
  const first = t("waits.robot", {
    robot: label,
    why: afterName(label, texts.code(w.code, w.facts, site)),
    place: near === null ? " " : t("waits.near", { place: texts.place(near, site) }),
    time: clock(robot.waits_since),
    age: texts.age(snapshot.t - robot.waits_since),
  }).replace(",  ", ", ");
  const root = behind(w, robot.root);
  return root === null ? first : `${first}; ${lower(t("causes.root", { why: lower(texts.code(root.code, root.facts, site)) }))}`;
}

function OrderWaits({ snapshot }: { snapshot: Snapshot }) {
  const texts = useTexts();
  const { t } = texts;
  const site = useSite();
  const orders = snapshot.orders.filter((o) => o.reason !== null && o.reason.code.startsWith("wait.")).sort((a, b) => (a.reason?.since ?? 0) - (b.reason?.since ?? 0));
  return (
    <section className="card">
      <h3>{t("waits.orders")}</h3>
      {orders.length === 0 && <p className="empty">{t("waits.no_orders")}</p>}
      <ul className="wait-list">
        {orders.map((order) => (
          <li key={order.order_id}>
            <Link href={`/orders/${order.order_id}`}>
              {t("waits.order", {
                order: order.order_id,
                way: `${texts.place(order.pick_place, site)} → ${texts.place(order.drop_place, site)}`,
                why: lower(texts.code(order.reason?.code ?? "", order.reason?.facts ?? {}, site)),
                time: clock(order.reason?.since ?? 0),
                age: texts.age(snapshot.t - (order.reason?.since ?? 0)),
              })}
            </Link>
            <Root reason={order.reason} root={order.root} />
          </li>
        ))}
      </ul>
    </section>
  );
}
