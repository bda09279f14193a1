import "./styles.css";

import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import type { Robot } from "../../shared/api/types";
import { typeName } from "../../shared/i18n/robot_types";
import { isKey, type Key, useTexts } from "../../shared/i18n/texts";
import { robotLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { Fact } from "../../shared/ui/Fact";
import { Root } from "../attention/Causes";

/** What is wrong with a robot, what it waits for since when, and what a person does about it. */
export function Trouble({ robot, now }: { robot: Robot; now: number }) {
  const { t, code, age } = useTexts();
  const site = useSite();
  const level = robotLevel(robot, now);
  const { waiting } = robot;
  const lines = robot.errors.map((e) => ({ code: e.code, text: code(e.code, { robot: robot.name, ...e.facts }, site), since: "" }));
  if (waiting !== null && !robot.errors.some((e) => e.code === waiting.code)) {
    lines.push({ code: waiting.code, text: code(waiting.code, waiting.facts, site), since: t("robot.since", { age: age(now - (robot.waits_since || waiting.since)) }) });
  }
  if (lines.length === 0) return <p className="row-dim trouble-none">{t("robot.no_trouble")}</p>;
  return (
    <ul className="trouble">
      {lines.map((line) => (
        <li key={line.code}>
          <b className={`text-${level}`}>{line.text}</b>
          {line.since !== "" && <span className="row-dim"> · {line.since}</span>}
          {line.code === waiting?.code && <Root reason={waiting} root={robot.root} />}
          {isKey(`fix.${line.code}`) && <span className="trouble-fix">{t(`fix.${line.code}` as Key)}</span>}
        </li>
      ))}
    </ul>
  );
}

export function RobotFacts({ robot }: { robot: Robot }) {
  const { t, num, place } = useTexts();
  const site = useSite();
  const order = useLive((s) => s.panel?.orders.find((o) => o.order_id === robot.order_id));
  const soc = robot.soc === null ? "–" : `${num(robot.soc * 100)} %${robot.charging ? ` (${t("robot.charging")})` : ""}`;
  return (
    <>
      {!robot.online && <p className="text-amber">{t("robot.last_known")}</p>}
      <dl className="facts">
        <Fact name={t("robot.battery")}>{soc}</Fact>
        <Fact name={t("robot.order")}>
          {robot.order_id === "" ? "–" : <Link href={`/orders/${encodeURIComponent(robot.order_id)}`}>{robot.order_id}</Link>}
          {order !== undefined && ` · ${place(order.pick_place, site)} → ${place(order.drop_place, site)}`}
        </Fact>
        <Fact name={t("robot.load")}>
          {robot.loads.length === 0 ? t(robot.loaded ? "robot.yes" : "robot.no") : robot.loads.map((load) => <LoadLink key={load} load={load} />)}
        </Fact>
        <Fact name={t("robot.integration")}>{t(`integration.${robot.integration}`)}</Fact>
        <Fact name={t("robot.speed")}>{robot.online ? `${num(robot.v, 1)} m/s` : "–"}</Fact>
        <Fact name={t("robot.position")}>
          {num(robot.x, 1)} m; {num(robot.y, 1)} m
        </Fact>
        <Fact name={t("robot.localized")}>{robot.online ? t(robot.localized ? "robot.good" : "robot.bad") : "–"}</Fact>
        <Fact name={t("robot.node")}>{robot.node || "–"}</Fact>
        <Fact name={t("robot.type")}>{typeName(robot.type, t)}</Fact>
      </dl>
    </>
  );
}

function LoadLink({ load }: { load: string }) {
  return (
    <Link className="load-link" href={`/cargo/${encodeURIComponent(load)}`}>
      {load}
    </Link>
  );
}
