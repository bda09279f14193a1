import { useLocation } from "wouter";

import { useSite } from "../../shared/api/site";
import type { Order, Robot } from "../../shared/api/types";
import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { batteryLevel, compareRobots, robotLevel } from "../../shared/live/levels";
import { useLive } from "../../shared/live/live";
import { Why } from "./RobotList";

/** All robots, those with trouble first. */
export default function RobotsPage() {
  const { t } = useTexts();
  const snapshot = useLive((s) => s.panel);
  const orders = new Map(snapshot?.orders.map((o) => [o.order_id, o]));
  const robots = snapshot === null ? [] : [...snapshot.robots].sort(compareRobots(snapshot.t));
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("nav.robots")}</h2>
        </div>
        {snapshot === null && <p className="empty">{t("app.loading")}</p>}
        {snapshot !== null && robots.length === 0 && <p className="card empty">{t("robots.none")}</p>}
        {robots.length > 0 && (
          <table className="table table-cards">
            <thead>
              <tr>
                <th>{t("orders.col.robot")}</th>
                <th>{t("orders.col.state")}</th>
                <th>{t("robot.why_waiting")}</th>
                <th>{t("robot.order")}</th>
                <th>{t("robot.load")}</th>
                <th className="num">{t("robot.battery")}</th>
                <th>{t("robot.integration")}</th>
              </tr>
            </thead>
            <tbody>
              {robots.map((robot) => (
                <Row key={robot.name} robot={robot} order={orders.get(robot.order_id)} now={snapshot?.t ?? 0} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </main>
  );
}

function Row({ robot, order, now }: { robot: Robot; order: Order | undefined; now: number }) {
  const { t, num, place } = useTexts();
  const site = useSite();
  const [, go] = useLocation();
  const path = `/robots/${encodeURIComponent(robot.name)}`;
  const level = robotLevel(robot, now);
  const calm = robot.waiting === null && robot.errors.length === 0;
  return (
    <tr className="link" data-testid={`robot-${robot.name}`} onClick={() => go(path)}>
      <td className="nowrap">
        <span className={`mark mark-${level} mark-inline`} />
        <a href={path} onClick={(e) => e.preventDefault()}>
          <b>{robotLabel(robot.name)}</b>
        </a>
      </td>
      <td className={`nowrap text-${level}`}>{t(`status.${robot.status}`)}</td>
      <td className={calm ? "stack blank" : "stack"}>{calm ? "–" : <Why robot={robot} now={now} />}</td>
      <td data-label={t("robot.order")} className={robot.order_id === "" ? "blank" : ""}>
        {robot.order_id === "" ? "–" : robot.order_id}
        {order !== undefined && (
          <div className="row-dim">
            {place(order.pick_place, site)} → {place(order.drop_place, site)}
          </div>
        )}
      </td>
      <td data-label={t("robot.load")} className={robot.loads.length === 0 && !robot.loaded ? "blank" : ""}>{robot.loads.join(", ") || (robot.loaded ? t("robot.yes") : "–")}</td>
      <td data-label={t("robot.battery")} className={`num text-${batteryLevel(robot)}`}>
        {robot.soc === null ? "–" : `${num(robot.soc * 100)} %`}
        {robot.charging ? " ⚡" : ""}
      </td>
      <td data-label={t("robot.integration")} className={robot.integration === "utilised" ? "usual" : ""}>{t(`integration.${robot.integration}`)}</td>
    </tr>
  );
}
