import type { Chart } from "./chart";
import { useOwnTexts } from "./own_texts";

const HEIGHT = 72;
const WIDE = 12;
const GAP = 4;

/** A figure of several hours, shifts or robots as bars. Who cannot see them hears the ends; the table below has all. */
export function Bars({ chart, title }: { chart: Chart; title: string }) {
  const { t } = useOwnTexts();
  const { high, low } = chart;
  const label = t("assistant.chart", { title, high: high.text, high_of: high.label, low: low.text, low_of: low.label });
  return (
    <figure className="assistant-chart">
      {chart.upright ? (
        <svg viewBox={`0 0 ${chart.bars.length * (WIDE + GAP)} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
          {chart.bars.map((bar, at) => (
            <rect key={bar.label} x={at * (WIDE + GAP)} y={HEIGHT * (1 - bar.share)} width={WIDE} height={HEIGHT * bar.share}>
              <title>{`${bar.label}: ${bar.text}`}</title>
            </rect>
          ))}
        </svg>
      ) : (
        <div role="img" aria-label={label} className="assistant-bars">
          {chart.bars.map((bar) => (
            <div key={bar.label}>
              <span>{bar.label}</span>
              <svg viewBox="0 0 100 8" preserveAspectRatio="none">
                <rect x={0} y={0} width={100 * bar.share} height={8} />
              </svg>
              <span>{bar.text}</span>
            </div>
          ))}
        </div>
      )}
      <figcaption className="assistant-left" aria-hidden="true">
        {label}
      </figcaption>
    </figure>
  );
}
