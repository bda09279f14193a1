import { robotLabel, useTexts } from "../../shared/i18n/texts";
import { stamp } from "../../shared/i18n/times";
import type { Report } from "./api";
import { useWords } from "./hooks";

const USES = ["loaded", "empty", "wait", "charge", "fault", "paused", "offline", "idle"] as const;

/** Orders created and delivered by hour, as bars. */
export function HourChart({ hours }: { hours: Report["hours"] }) {
  const w = useWords();
  const top = Math.max(1, ...hours.map((h) => Math.max(h.created, h.done)));
  return (
    <>
      <div className="bars" role="img" aria-label={w("report.hours")}>
        {hours.map((h) => (
          <div key={h.begin} className="bar-group" title={`${stamp(h.begin)}: ${w("report.created")} ${h.created}, ${w("report.done")} ${h.done}`}>
            <div className="bar-pair">
              <Bar value={h.created} top={top} kind="created" />
              <Bar value={h.done} top={top} kind="done" />
            </div>
            <span>{stamp(h.begin).slice(-5)}</span>
          </div>
        ))}
      </div>
      <p className="chart-key">
        <i className="bar-created" /> {w("report.created")} <i className="bar-done" /> {w("report.done")}
      </p>
    </>
  );
}

function Bar({ value, top, kind }: { value: number; top: number; kind: "created" | "done" }) {
  return (
    <div className={`bar bar-${kind}`} style={{ height: `${(100 * value) / top}%` }}>
      <b>{value}</b>
    </div>
  );
}

/** What each robot's time went into. */
export function UseChart({ robots }: { robots: Report["robots"] }) {
  const { t, num } = useTexts();
  const w = useWords();
  const counted = robots.filter((r) => r.total > 0);
  if (counted.length === 0) return <p className="empty">–</p>;
  return (
    <>
      <p className="chart-key">
        {USES.map((use) => (
          <span key={use}>
            <i className={`use-${use}`} /> {t(`use.${use}`)}
          </span>
        ))}
      </p>
      <div className="uses">
        {counted.map((r) => (
          <div key={r.robot} className="use-row">
            <span>{robotLabel(r.robot)}</span>
            <div className="use-bar">
              {USES.map((use) => {
                const share = (100 * (r.seconds[use] ?? 0)) / r.total;
                return share > 0 ? <div key={use} className={`use-${use}`} style={{ width: `${share}%` }} title={`${t(`use.${use}`)} ${num(share, 1)} %`} /> : null;
              })}
            </div>
            <span className="use-figures">
              {w("report.orders", { count: num(r.done) })} · {num(r.metres / 1000, 1)} {w("report.km")}
            </span>
          </div>
        ))}
      </div>
    </>
  );
}
