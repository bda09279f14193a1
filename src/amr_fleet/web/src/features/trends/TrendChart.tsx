import type { TrendPoint, TrendStep } from "./api";
import { compared, isWhole, type Metric, valueOf } from "./figures";
import { useOwnTexts } from "./own_texts";
import { useNumbers, useStretch } from "./words";

/** One figure over all stretches as bars, and the last whole one against those before. The table below has the numbers. */
export function TrendChart({ points, step, metric }: { points: readonly TrendPoint[]; step: TrendStep; metric: Metric }) {
  const { t, num } = useOwnTexts();
  const [stretch, write] = [useStretch(step), useNumbers()];
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const known = points.flatMap((point) => valueOf(point, metric) ?? []);
  const [least, most] = known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)];
  const title = t(`trend.${metric}`);
  const change = compared(points, metric);
  const better = Math.round(100 * (change?.change ?? 0));
  const kind = change === null ? "one" : change.change === null ? "from_zero" : better === 0 ? "same" : better > 0 ? "better" : "worse";
  return (
    <section className="card" data-testid={`trend-${metric}`}>
      <h3>{title}</h3>
      <p className={kind === "worse" ? "trend-said trend-worse" : "trend-said"}>{t(`trend.${kind}`, { change: num(Math.abs(better)), count: change?.count ?? 0, unit: t(`trend.unit.${step}`) })}</p>
      <div className="trend-bars" role="img" aria-label={t("trend.bars", { title, from: stretch(first), to: stretch(last), least: write(metric, least), most: write(metric, most) })}>
        {points.map((point) => {
          const value = valueOf(point, metric);
          const whole = isWhole(point);
          return (
            <div key={point.begin} className="trend-bar" title={`${stretch(point)}: ${write(metric, value)}${whole ? "" : ` (${t("trend.partial")})`}`}>
              <b>{write(metric, value)}</b>
              {value !== null && <div className={whole ? "" : "trend-partial"} style={{ height: `${most !== null && most > 0 ? (100 * value) / most : 0}%` }} />}
            </div>
          );
        })}
      </div>
      <p className="trend-ends">
        <span>{stretch(first)}</span>
        <span>{stretch(last)}</span>
      </p>
    </section>
  );
}
