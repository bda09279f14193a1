import "./styles.css";

import { SegmentedControl } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api, asApiError } from "../../shared/api/request";
import type { RobotHealth } from "../../shared/api/types";
import { simulatedDay, stamp } from "../../shared/i18n/times";
import { useOwnTexts } from "./own_texts";
import { type Measure, MEASURES, type Slot, slotsOf, summaryOf } from "./trend";

type Days = "7" | "30";

/** Link, localisation and battery of a robot over the last days, as far as the journal counted them. */
export default function Trend({ robot }: { robot: string }) {
  const { t, code } = useOwnTexts();
  const [days, setDays] = useState<Days>("7");
  const query = useQuery({
    queryKey: ["robot-health", robot, days],
    queryFn: () => api.get("/api/v1/robots/{name}/health", { path: { name: robot }, query: { days } }),
    refetchInterval: 300_000,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <section className="card" data-testid="robot-trend">
      <div className="card-head">
        <h3>{t("health.trend")}</h3>
        <SegmentedControl aria-label={t("health.period")} value={days} onChange={setDays} data={(["7", "30"] as const).map((value) => ({ value, label: t("health.last_days", { count: value }) }))} />
      </div>
      {error !== null && query.data === undefined && (error.code === "request.not_found" ? <p className="empty">{t("health.no_trend", { count: days })}</p> : <p className="form-error">{code(error.code, error.facts)}</p>)}
      {query.isPending && <p className="empty">{t("app.loading")}</p>}
      {query.data?.points.length === 0 && <p className="empty">{t("health.no_trend", { count: days })}</p>}
      {query.data !== undefined && query.data.points.length > 0 && MEASURES.map((measure) => <Chart key={measure} health={query.data} measure={measure} />)}
    </section>
  );
}

function Chart({ health, measure }: { health: RobotHealth; measure: Measure }) {
  const { t } = useOwnTexts();
  const say = useSummary();
  const slots = slotsOf(health, measure);
  return (
    <figure className="health-chart" data-testid={`health-${measure}`}>
      <figcaption>
        <b>{t(`health.${measure}`)}</b>
        <span>{slots.length === 0 ? t("health.not_counted") : say(health, measure)}</span>
      </figcaption>
      {slots.length > 0 && <Bars slots={slots} label={`${t(`health.${measure}`)}: ${say(health, measure)}`} />}
    </figure>
  );
}

function Bars({ slots, label }: { slots: Slot[]; label: string }) {
  const { t } = useOwnTexts();
  const day = (slot: Slot | undefined): string => (slot === undefined ? "" : slot.begin < 1e9 ? t("health.sim_day", { day: simulatedDay(slot.begin), time: stamp(slot.begin) }) : stamp(slot.begin));
  return (
    <>
      <div className="health-plot">
        <span className="health-top">100 %</span>
        <svg viewBox={`0 0 ${slots.length} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
          <line x1={0} x2={slots.length} y1={50} y2={50} className="health-half" />
          {slots.map((slot, i) => slot.value !== null && <rect key={slot.begin} x={i + 0.1} width={0.8} y={100 - height(slot.value)} height={height(slot.value)} className={`health-bar-${slot.level}`} />)}
        </svg>
      </div>
      <p className="health-ends">
        <span>{day(slots[0])}</span>
        <span>{t("health.now")}</span>
      </p>
    </>
  );
}

/** A share as a bar's height; what is next to nothing can still be seen. */
function height(share: number): number {
  return Math.max(3, 100 * share);
}

function useSummary(): (health: RobotHealth, measure: Measure) => string {
  const { t, num, age } = useOwnTexts();
  const percent = (share: number | null): string => (share === null ? "–" : `${num(100 * share, share > 0.98 && share < 1 ? 1 : 0)} %`);
  return (health, measure) => {
    const { mean, least, lost } = summaryOf(health, measure);
    if (measure === "charge") return t("health.say.charge", { least: percent(least) });
    const said = t(`health.say.${measure}`, { mean: percent(mean), least: percent(least) });
    return lost < 1 ? said : `${said} · ${t(`health.lost.${measure}`, { age: age(lost) })}`;
  };
}
