import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { asApiError } from "../../shared/api/request";
import type { CameraPast } from "../../shared/api/types";
import { stamp } from "../../shared/i18n/times";
import { camerasApi } from "./api";
import { type Cell, cells, lines, sum } from "./health";
import { type OwnTexts, useOwnTexts } from "./own_texts";
import { useBlindness } from "./words";

const EVERY_MS = 60_000;
const COUNT = 168;
const HOURS = { day: 24, week: 168 } as const;
const HIGH = 40;
const MOST_SHARE = 1.5;

/** How a camera was: when it saw, when not and why; light and sharpness where it has such (curves). */
export function History({ id, curves = true }: { id: string; curves?: boolean }) {
  const { t, code } = useOwnTexts();
  const [span, setSpan] = useState<keyof typeof HOURS>("day");
  const query = useQuery({ queryKey: ["camera", id, "history", span], queryFn: () => camerasApi.history(id, HOURS[span]), refetchInterval: EVERY_MS });
  const error = query.error === null ? null : asApiError(query.error);
  return (
    <div data-testid="camera-history">
      <div className="camera-history-head">
        <h3>{t("camera.history")}</h3>
        <SegmentedControl
          size="xs"
          aria-label={t("camera.history")}
          value={span}
          onChange={setSpan}
          data={[
            { value: "day", label: t("camera.day") },
            { value: "week", label: t("camera.week") },
          ]}
        />
      </div>
      {error !== null && <p className="form-error">{code(error.code, error.facts)}</p>}
      {query.isPending && <p className="empty">{t("app.loading")}</p>}
      {query.data !== undefined && query.data.spans.length === 0 && <p className="row-dim">{t("camera.no_history")}</p>}
      {query.data !== undefined && query.data.spans.length > 0 && <Past past={query.data} curves={curves} />}
    </div>
  );
}

function Past({ past, curves }: { past: CameraPast; curves: boolean }) {
  const texts = useOwnTexts();
  const { t, num, age } = texts;
  const { short } = useBlindness();
  const made = cells(past.spans, past.begin, past.end, COUNT);
  const total = sum(past.spans);
  const share = total.seconds > 0 ? total.seen / total.seconds : 0;
  const said = t("camera.saw", { share: num(100 * share, 1), time: age(total.seconds) });
  return (
    <>
      <p className={share < 0.99 ? "text-amber" : "row-dim"}>{said}</p>
      <svg className="camera-strip" viewBox={`0 0 ${COUNT} 10`} preserveAspectRatio="none" role="img" aria-label={said}>
        {made.map((cell, k) => cell.seconds > 0 && <Bar key={k} at={k} cell={cell} title={title(cell, texts, short)} />)}
      </svg>
      {curves && <Curve name={t("camera.light_scale")} runs={lines(made.map((c) => c.brightness), 255, HIGH)} />}
      {curves && <Curve name={t("camera.sharpness_scale")} runs={lines(made.map((c) => c.sharpness), MOST_SHARE, HIGH)} usual={HIGH * (1 - 1 / MOST_SHARE)} />}
      <p className="camera-ends">
        <span>{stamp(past.begin)}</span>
        <span>{stamp(past.end)}</span>
      </p>
      {total.reasons.length > 0 && (
        <table className="table camera-reasons">
          <thead>
            <tr>
              <th>{t("camera.why")}</th>
              <th className="num">{t("camera.how_long")}</th>
            </tr>
          </thead>
          <tbody>
            {total.reasons.map(({ reason, seconds }) => (
              <tr key={reason}>
                <td>{short(reason)}</td>
                <td className="num">{age(seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Bar({ at, cell, title: said }: { at: number; cell: Cell; title: string }) {
  const share = cell.seen / cell.seconds;
  return (
    <g>
      <title>{said}</title>
      <rect x={at} y={0} width={1.02} height={10} className="camera-saw-not" />
      <rect x={at} y={10 * (1 - share)} width={1.02} height={10 * share} className="camera-saw" />
    </g>
  );
}

function Curve({ name, runs, usual }: { name: string; runs: readonly string[]; usual?: number }) {
  return (
    <div className="camera-curve">
      <span className="camera-curve-name">{name}</span>
      <svg viewBox={`0 0 ${COUNT} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">
        {usual !== undefined && <line x1={0} x2={COUNT} y1={usual} y2={usual} className="camera-usual" />}
        {runs.map((run) => (
          <polyline key={run} points={run} vectorEffect="non-scaling-stroke" />
        ))}
      </svg>
    </div>
  );
}

function title(cell: Cell, { t, num }: OwnTexts, short: (reason: string) => string): string {
  const worst = Object.entries(cell.reasons).sort((a, b) => b[1] - a[1])[0];
  const saw = t("camera.cell", { from: stamp(cell.begin), share: num((100 * cell.seen) / cell.seconds) });
  return worst === undefined ? saw : `${saw} · ${short(worst[0])}`;
}
