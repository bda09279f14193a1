import { dateLine, simulatedDay } from "../../shared/i18n/times";
import { moment } from "../visits/moments";
import { useOwnTexts } from "./own_texts";

const DAY_S = 86_400;

/** Times of work orders, days away: a simulation's with its day, spans of more than two days in whole days. */
export function useWhen(): { at: (t: number, now: number) => string; span: (seconds: number) => string } {
  const { t, age, num } = useOwnTexts();
  return {
    at: (when, now) => (dateLine(when) === null && simulatedDay(when) !== simulatedDay(now) ? t("upkeep.sim_time", { time: moment(when, now), day: simulatedDay(when) }) : moment(when, now)),
    span: (seconds) => (seconds >= 2 * DAY_S ? t("upkeep.days_long", { count: num(Math.floor(seconds / DAY_S)) }) : age(seconds)),
  };
}
