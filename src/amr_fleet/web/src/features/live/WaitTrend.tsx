import { useTexts } from "../../shared/i18n/texts";
import { useTrend } from "./trend";

const WIDTH = 300;
const HEIGHT = 44;
const LEAST_TOP_S = 60;

/** The longest wait of the last minutes as a line; its peak is written, so that no scale is needed. */
export function WaitTrend() {
  const { t, age } = useTexts();
  const points = useTrend((s) => s.points);
  const [first, last] = [points[0], points[points.length - 1]];
  if (first === undefined || last === undefined || points.length < 3) return null;
  const peak = Math.max(...points.map((p) => p.wait));
  const top = Math.max(LEAST_TOP_S, peak);
  const x = (at: number): number => (WIDTH * (at - first.t)) / Math.max(1, last.t - first.t);
  const line = points.map((p) => `${x(p.t).toFixed(1)},${(HEIGHT - 2 - ((HEIGHT - 6) * p.wait) / top).toFixed(1)}`).join(" ");
  const label = t("overview.trend", { minutes: Math.max(1, Math.round((last.t - first.t) / 60)), peak: age(peak) });
  return (
    <div className="trend">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <polyline points={line} vectorEffect="non-scaling-stroke" />
      </svg>
      <span className="row-dim">{label}</span>
    </div>
  );
}
