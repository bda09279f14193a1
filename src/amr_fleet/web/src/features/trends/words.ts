import { useTexts } from "../../shared/i18n/texts";
import { simulatedDay } from "../../shared/i18n/times";
import type { TrendPoint, TrendStep } from "./api";
import type { Metric, RobotMetric } from "./figures";
import { useOwnTexts } from "./own_texts";

const DAY_S = 86_400;

/** What a stretch is called: its date, from Monday to Sunday, or the number of a simulation's day or week. */
export function useStretch(step: TrendStep): (point: TrendPoint) => string {
  const { t } = useOwnTexts();
  return ({ begin, end }) => {
    if (begin < 1e9) return step === "day" ? t("trend.sim_day", { day: simulatedDay(begin) }) : t("trend.sim_week", { week: Math.floor(begin / (7 * DAY_S)) + 1 });
    return step === "day" ? date(begin) : `${date(begin)}–${date(end - 1)}`;
  };
}

function date(t: number): string {
  const day = new Date(t * 1000);
  return `${String(day.getDate()).padStart(2, "0")}/${String(day.getMonth() + 1).padStart(2, "0")}`;
}

/** Writes the figures: shares in percent, counts as they are; – where nothing can be said. */
export function useNumbers(): (metric: Metric | RobotMetric, value: number | null) => string {
  const { num } = useTexts();
  return (metric, value) => {
    if (value === null) return "–";
    if (metric === "per_hour") return num(value, 1);
    if (metric === "faults" || metric === "done") return num(value);
    return `${num(100 * value, metric === "soc_min" ? 0 : 1)} %`;
  };
}
