import "./styles.css";

import { SegmentedControl } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { Refusal } from "../../shared/ui/Refusal";
import { type TrendStep, trendsApi } from "./api";
import { METRICS } from "./figures";
import { useOwnTexts } from "./own_texts";
import { TrendChart } from "./TrendChart";
import { FiguresTable, RobotsTable } from "./TrendTables";

const STEPS: Record<TrendStep, number> = { day: 14, week: 12 };
const REFRESH_MS = 300_000;

/** How the work went over the last days or weeks: throughput, late orders, waiting, and how the robots are. */
export default function TrendsPage() {
  const { t } = useOwnTexts();
  const [step, setStep] = useState<TrendStep>("day");
  const query = useQuery({
    queryKey: ["trends", step],
    queryFn: () => trendsApi.trends(step, STEPS[step]),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  // While the other step comes, the figures that are still shown are those of this one.
  const points = query.data?.points ?? [];
  const shown = query.data?.step ?? step;
  return (
    <main className="page">
      <div className="page-wide">
        <p className="crumb">
          <Link href="/report">← {t("trend.report")}</Link>
        </p>
        <div className="page-head">
          <h2>{t("trend.title")}</h2>
          <div className="page-tools">
            <SegmentedControl
              aria-label={t("trend.by")}
              value={step}
              onChange={(value) => setStep(value === "week" ? "week" : "day")}
              data={[
                { value: "day", label: t("trend.day") },
                { value: "week", label: t("trend.week") },
              ]}
            />
          </div>
        </div>
        <p className="lead">{t("trend.lead")}</p>
        <Refusal error={query.error} />
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.isSuccess && points.length === 0 && <p className="card empty">{t("trend.none")}</p>}
        {points.length > 0 && (
          <div className="cards trend-cards" aria-busy={query.isPlaceholderData}>
            {METRICS.map((metric) => (
              <TrendChart key={metric} points={points} step={shown} metric={metric} />
            ))}
            <section className="card card-wide">
              <h3>{t("trend.numbers")}</h3>
              <FiguresTable points={points} step={shown} />
            </section>
            <section className="card card-wide">
              <h3>{t("trend.robots")}</h3>
              <RobotsTable points={points} step={shown} />
            </section>
          </div>
        )}
      </div>
    </main>
  );
}
