import { Select } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { isKey, robotLabel } from "../../shared/i18n/texts";
import type { TrendPoint, TrendStep } from "./api";
import { isWhole, levelOf, longestWait, ROBOT_METRICS, type RobotMetric, robotsOf, valueOf } from "./figures";
import { useOwnTexts } from "./own_texts";
import { useNumbers, useStretch } from "./words";

interface Props {
  points: readonly TrendPoint[];
  step: TrendStep;
}

/** Wider than a phone, so it scrolls; keys must be able to do that, too. */
function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must take keys
    <div className="table-box" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** All figures in numbers, the newest stretch first. */
export function FiguresTable({ points, step }: Props) {
  const { t, num, age } = useOwnTexts();
  const [stretch, write] = [useStretch(step), useNumbers()];
  return (
    <Wide label={t("trend.numbers")}>
      <table className="table trend-table" data-testid="trend-figures">
        <thead>
          <tr>
            <th>{t("trend.stretch")}</th>
            <th className="num">{t("trend.done")}</th>
            <th className="num">{t("trend.per_hour")}</th>
            <th className="num">{t("trend.late")}</th>
            <th className="num">{t("trend.service_p95")}</th>
            <th className="num">{t("trend.wait_share")}</th>
            <th>{t("trend.longest_wait")}</th>
            <th className="num">{t("trend.availability")}</th>
            <th className="num">{t("trend.faults")}</th>
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <tr key={point.begin}>
              <td>
                {stretch(point)}
                {!isWhole(point) && <span className="row-dim"> · {t("trend.partial")}</span>}
              </td>
              <td className="num">{num(point.done)}</td>
              <td className="num">{write("per_hour", point.per_hour)}</td>
              <td className="num">{point.with_deadline === 0 ? "–" : `${num(point.late)} / ${num(point.with_deadline)}`}</td>
              <td className="num">{point.service_p95 === null ? "–" : age(point.service_p95)}</td>
              <td className="num">{write("wait_share", valueOf(point, "wait_share"))}</td>
              <td>
                <Wait point={point} />
              </td>
              <td className="num">{write("availability", point.availability)}</td>
              <td className="num">{num(point.faults)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Wait({ point }: { point: TrendPoint }) {
  const { t, age } = useOwnTexts();
  const found = longestWait(point);
  if (found === undefined) return "–";
  const key = `cause.${found[0]}`;
  return `${isKey(key) ? t(key) : t("cause.wait.other")} · ${age(found[1])}`;
}

/** One figure of every robot over the stretches; what is far from normal stands out. */
export function RobotsTable({ points, step }: Props) {
  const { t } = useOwnTexts();
  const [stretch, write] = [useStretch(step), useNumbers()];
  const [metric, setMetric] = useState<RobotMetric>("availability");
  const robots = robotsOf(points);
  if (robots.length === 0) return <p className="empty">–</p>;
  return (
    <>
      <Select
        className="trend-choose"
        aria-label={t("trend.choose")}
        allowDeselect={false}
        value={metric}
        onChange={(value) => setMetric(ROBOT_METRICS.find((one) => one === value) ?? metric)}
        data={ROBOT_METRICS.map((value) => ({ value, label: t(`trend.${value}`) }))}
      />
      <Wide label={t("trend.robots")}>
        <table className="table trend-table" data-testid="trend-robots">
          <thead>
            <tr>
              <th>{t("trend.robot")}</th>
              {points.map((point) => (
                <th key={point.begin} className="num">
                  {stretch(point)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {robots.map((name) => (
              <tr key={name}>
                <th scope="row">{robotLabel(name)}</th>
                {points.map((point) => {
                  const robot = point.robots.find((one) => one.robot === name);
                  return (
                    <td key={point.begin} className={`num trend-${levelOf(robot, metric)}`}>
                      {write(metric, robot?.[metric] ?? null)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}
