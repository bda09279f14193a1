import type { FlightState } from "./api";
import { useOwnTexts } from "./own_texts";

const BAD: readonly FlightState[] = ["LOST", "DOWN"];
const LIVELY: readonly FlightState[] = ["CLEARING", "FLYING", "RETURNING"];

export function StatePill({ state }: { state: FlightState }) {
  const { t } = useOwnTexts();
  const look = BAD.includes(state) ? " flights-bad" : LIVELY.includes(state) ? " flights-lively" : "";
  return <span className={`flights-pill${look}`}>{t(`flights.state.${state}`)}</span>;
}
