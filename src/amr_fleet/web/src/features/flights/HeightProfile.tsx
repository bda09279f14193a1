import type { Aircraft, Flight } from "./api";
import { along, progress, wholeWay } from "./way";
import { useOwnTexts } from "./own_texts";

/** Height over the length of the way, and where the aircraft is on it: what a map from above cannot show. */
export function HeightProfile({ flight, pad, ceiling, craft }: { flight: Flight; pad: readonly [number, number]; ceiling: number; craft: Aircraft | null }) {
  const { t, num } = useOwnTexts();
  const way = wholeWay(flight.plan.way, pad);
  const at = along(way);
  const length = at.at(-1) ?? 0;
  if (length <= 0) return null;
  const line = way.map((p, i) => `${at[i] ?? 0},${ceiling - p[2]}`).join(" ");
  const done = craft === null ? null : progress(way, at, craft);
  const words =
    done === null || craft === null
      ? t("flights.profile_plan", { all: num(length), z: num(Math.max(...way.map((p) => p[2])), 1) })
      : t("flights.profile_now", { z: num(craft.z, 1), done: num(done), all: num(length) });
  return (
    <figure className="flights-profile">
      <figcaption>
        {t("flights.profile")}: <b data-testid="height-now">{words}</b>
      </figcaption>
      <div className="flights-strip">
        <span className="flights-scale row-dim" aria-hidden="true">
          <span>{`${num(ceiling)} m`}</span>
          <span>0</span>
        </span>
        <svg viewBox={`0 0 ${length} ${ceiling}`} preserveAspectRatio="none" role="img" aria-label={`${t("flights.profile")}: ${words}`}>
          {done !== null && <rect width={done} height={ceiling} className="flights-flown" />}
          <polyline points={line} className="flights-line-height" />
          {done !== null && <line x1={done} x2={done} y1={0} y2={ceiling} className="flights-here" />}
        </svg>
        {done !== null && craft !== null && craft.z !== null && (
          <span className="flights-dot" style={{ left: `calc(34px + (100% - 34px) * ${(done / length).toFixed(4)})`, bottom: `${(100 * Math.min(1, Math.max(0, craft.z / ceiling))).toFixed(1)}%` }} />
        )}
      </div>
    </figure>
  );
}
