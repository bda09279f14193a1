import "./styles.css";

import { TextInput } from "@mantine/core";
import { useState } from "react";

import { useCommand } from "../../shared/api/command";
import { useSite } from "../../shared/api/site";
import type { Order, Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { batteryLevel, compareRobots, robotLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { useFocus } from "../../shared/ui/focus";
import { useSteady } from "../../shared/ui/steady";
import { Root } from "../attention/Causes";
import { Effect } from "../whatif/Effect";
import { robotsApi } from "./api";
import { Owners, useResume } from "./Owners";

const SEARCH_FROM = 8;
/** More rows than anybody reads only slow the page down; the search finds the others, and trouble stands first. */
const MOST_ROWS = 60;

export function Robots() {
  const { t } = useTexts();
  const snapshot = useLive((s) => s.panel);
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const sorted = (snapshot?.robots ?? []).filter((r) => robotLabel(r.name).toLowerCase().includes(wanted)).sort(compareRobots(snapshot?.t ?? 0));
  const { rows: shown, handlers } = useSteady(sorted, (robot) => robot.name);
  if (snapshot === null) return <p className="empty">{t("app.loading")}</p>;
  if (snapshot.robots.length === 0) return <p className="empty">{t("robots.none")}</p>;
  const orders = new Map(snapshot.orders.map((o) => [o.order_id, o]));
  return (
    <>
      {snapshot.robots.length >= SEARCH_FROM && (
        <TextInput
          className="search"
          placeholder={t("robots.search")}
          aria-label={t("robots.search")}
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
      )}
      {shown.length === 0 && <p className="empty">{t("robots.no_match")}</p>}
      <ul className="list" {...handlers}>
        {shown.slice(0, MOST_ROWS).map((robot) => (
          <RobotRow key={robot.name} robot={robot} order={orders.get(robot.order_id)} t={snapshot.t} />
        ))}
      </ul>
      {shown.length > MOST_ROWS && <p className="empty">{t("robots.more", { count: shown.length - MOST_ROWS })}</p>}
    </>
  );
}

function RobotRow({ robot, order, t: now }: { robot: Robot; order: Order | undefined; t: number }) {
  const texts = useTexts();
  const site = useSite();
  const selected = useFocus((s) => s.selected === robot.name);
  const select = useFocus((s) => s.select);
  const [stopped, setStopped] = useState(false); // here, by this person: who presses wants to know what it does
  const showDetails = useFocus((s) => s.showDetails);
  const level = robotLevel(robot, now);
  const label = robotLabel(robot.name);
  const route = order === undefined ? "" : `${texts.place(order.pick_place, site)} → ${texts.place(order.drop_place, site)}`;
  return (
    <li className={selected ? "row robot-row row-chosen" : "row robot-row"} data-testid={`robot-${robot.name}`}>
      <button type="button" className="row-main" onClick={() => select(robot.name, true)} aria-pressed={selected}>
        <span className={`mark mark-${level}`} />
        <span className="row-name">{label}</span>
        <span className={`row-status text-${level}`}>{texts.t(`status.${robot.status}`)}</span>
        <Battery robot={robot} />
        {route !== "" && <span className="row-line row-dim">{route}</span>}
        <Why robot={robot} now={now} />
      </button>
      <div className="row-actions">
        <PauseButton robot={robot} onDone={setStopped} />
        <button type="button" className="small small-square" onClick={() => showDetails(robot.name)} title={texts.t("robot.details")} aria-label={`${texts.t("robot.details")} ${label}`}>
          ›
        </button>
      </div>
      {stopped && robot.paused && <PauseEffect robot={robot} />}
    </li>
  );
}

function Battery({ robot }: { robot: Robot }) {
  const { t, num } = useTexts();
  const level = batteryLevel(robot);
  const percent = robot.soc === null ? 0 : Math.round(robot.soc * 100);
  return (
    <span className={`battery text-${level}`} title={t("robot.battery")}>
      <span className="battery-bar">
        <span className={`battery-fill fill-${level}`} style={{ width: `${percent}%` }} />
      </span>
      {robot.soc === null ? "–" : `${num(percent)}%`}
      {robot.charging ? " ⚡" : ""}
    </span>
  );
}

/** Why it does not move: errors first, then what it waits for and since when. */
export function Why({ robot, now }: { robot: Robot; now: number }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  const level = robotLevel(robot, now);
  return (
    <>
      {robot.errors.map((error) => (
        <span key={error.code} className={`row-line text-${level}`}>
          {code(error.code, { robot: robot.name, ...error.facts }, site)}
        </span>
      ))}
      {robot.waiting !== null && !robot.errors.some((e) => e.code === robot.waiting?.code) && (
        <span className={`row-line text-${level}`}>
          {code(robot.waiting.code, robot.waiting.facts, site)}{" "}
          <span className="row-dim">· {t("robot.since", { age: age(now - (robot.waits_since || robot.waiting.since)) })}</span>
        </span>
      )}
      <Root reason={robot.waiting} root={robot.root} />
    </>
  );
}

/** What a pause in force does to the orders: told beside it, since a stop does not wait for a question. */
export function PauseEffect({ robot }: { robot: Robot }) {
  const { t } = useTexts();
  if (!useMayOperate()) return null;
  return (
    <div className="pause-effect" data-testid="pause-effect">
      <Owners robot={robot} />
      <p className="row-dim">{t("robot.while_paused")}</p>
      <Effect change={{ paused_robots: [robot.name] }} />
    </div>
  );
}

export function PauseButton({ robot, onDone }: { robot: Robot; onDone?: (paused: boolean) => void }) {
  const { t } = useTexts();
  const pause = useCommand(
    () => robotsApi.pause(robot.name),
    () => onDone?.(true),
  );
  const resume = useResume(robot, () => onDone?.(false));
  if (!useMayOperate()) return null;
  const text = t(robot.paused ? "robot.resume" : "robot.pause");
  return (
    <button
      type="button"
      className="small"
      disabled={pause.isPending || resume.busy}
      aria-label={`${text} ${robotLabel(robot.name)}`}
      onClick={() => (robot.paused ? void resume.press() : pause.mutate(undefined))}
    >
      {text}
    </button>
  );
}
