import { type KeyboardEvent, type PointerEvent, type RefObject, useRef, useState } from "react";

import type { Site, XY } from "../../shared/api/types";
import { drawStep } from "../map/keys";
import type { TrialSimulation } from "./api";
import { outline } from "./moves";
import { useOwnTexts } from "./own_texts";
import { close, type Draft, type Kind, moved, put, rectangle, undo, within } from "./sketch";

const REACH_PX = 14;
const KINDS = ["areas", "forbidden"] as const;

interface Props {
  site: Site;
  draft: Draft;
  /** null: it is only looked at. */
  change: ((draft: Draft) => void) | null;
  found: TrialSimulation | undefined;
  /** Where a polygon crosses itself. */
  wrong: XY | null;
}

interface Corner {
  kind: Kind;
  index: number;
  corner: number;
}

interface Held {
  from: XY;
  to: XY;
  corner: Corner | null;
}

/**
 * The site under a drawn envelope. With a pointer: a press sets a point, a drag from corner to corner is a rectangle, and
 * corners are dragged. With keys: arrows move a cross, Enter sets a point, Backspace takes it back.
 */
export function EnvelopeMap({ site, draft, change, found, wrong }: Props) {
  const { t } = useOwnTexts();
  const svg = useRef<SVGSVGElement>(null);
  const [width, height] = site.size;
  const { held, at, pointer, key } = useDrawn(site, draft, change, svg);
  const shown = held === null ? draft : withHeld(draft, held);
  const dot = Math.max(width, height) / 130;
  const up = ([x, y]: XY): string => `${x},${height - y}`;
  const picture = (
    <svg ref={svg} viewBox={`-1 -1 ${width + 2} ${height + 2}`} role="img" aria-label={t("plan.map")}>
      <rect width={width} height={height} className="sandbox-floor" />
      {site.lanes.map((lane) => (
        <polyline key={lane.id} points={lane.points.map(up).join(" ")} className="plan-lane" />
      ))}
      <path d={outline(shown.areas, height)} className="sandbox-area" />
      <path d={outline(shown.forbidden, height)} className="sandbox-forbidden" />
      <path d={(found?.closed ?? []).map(([x0, y0, x1, y1]) => `M${x0},${height - y0}L${x1},${height - y1}`).join("")} className="plan-closed" />
      <Stations site={site} found={found} radius={dot} />
      {change !== null && KINDS.map((kind) => shown[kind].map((points, index) => points.map(([x, y], corner) => <circle key={`${kind}${index}-${corner}`} data-corner={`${kind} ${index} ${corner}`} cx={x} cy={height - y} r={dot * 1.2} className="plan-corner" />)))}
      {draft.open.length > 0 && <polyline points={draft.open.map(up).join(" ")} className="plan-open" />}
      {draft.open.map(([x, y], i) => (
        <circle key={i} cx={x} cy={height - y} r={dot} className="plan-point" />
      ))}
      {held !== null && held.corner === null && <Box from={held.from} to={held.to} height={height} />}
      {at !== null && <path d={`M${at[0] - 2 * dot} ${height - at[1]}h${4 * dot}M${at[0]} ${height - at[1] - 2 * dot}v${4 * dot}`} className="plan-cross" />}
      {wrong !== null && <circle cx={wrong[0]} cy={height - wrong[1]} r={2 * dot} className="plan-wrong" data-testid="plan-wrong" />}
    </svg>
  );
  if (change === null) return <div className="plan-map">{picture}</div>;
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex -- an application takes keys
    <div className="plan-map plan-drawn" data-testid="plan-map" role="application" aria-label={t("plan.keys")} tabIndex={0} onKeyDown={key} {...pointer}>
      {picture}
      <p className="plan-at" role="status">
        {at === null ? "" : t("plan.at", { x: at[0].toFixed(1), y: at[1].toFixed(1) })}
      </p>
    </div>
  );
}

function Stations({ site, found, radius }: { site: Site; found: TrialSimulation | undefined; radius: number }) {
  const away = new Set(found?.out_of_reach.map((one) => one.station));
  const stations = [...site.places.flatMap((place) => place.stations), ...site.chargers];
  return (
    <>
      {stations.map(({ id, x, y }) =>
        away.has(id) ? (
          <path key={id} data-away={id} d={`M${x - radius} ${site.size[1] - y - radius}l${2 * radius} ${2 * radius}m0 ${-2 * radius}l${-2 * radius} ${2 * radius}`} className="plan-away" />
        ) : (
          <circle key={id} cx={x} cy={site.size[1] - y} r={radius / 2} className="plan-station" />
        ),
      )}
    </>
  );
}

function Box({ from, to, height }: { from: XY; to: XY; height: number }) {
  const [x, y] = [Math.min(from[0], to[0]), Math.max(from[1], to[1])];
  return <rect x={x} y={height - y} width={Math.abs(to[0] - from[0])} height={Math.abs(to[1] - from[1])} className="plan-open" />;
}

function useDrawn(site: Site, draft: Draft, change: Props["change"], svg: RefObject<SVGSVGElement | null>) {
  const [held, setHeld] = useState<Held | null>(null);
  const [at, setAt] = useState<XY | null>(null);
  const place = (event: PointerEvent): XY => {
    const matrix = svg.current?.getScreenCTM();
    if (matrix === null || matrix === undefined) return [0, 0];
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return within([x, site.size[1] - y], site.size);
  };
  const reach = (): number => REACH_PX / (svg.current?.getScreenCTM()?.a ?? 1);
  const pointer = {
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const from = place(event);
      setAt(null);
      setHeld({ from, to: from, corner: cornerOf(event.target) });
    },
    onPointerMove: (event: PointerEvent) => held !== null && setHeld({ ...held, to: place(event) }),
    onPointerUp: (event: PointerEvent) => {
      if (held === null || change === null) return;
      setHeld(null);
      const last = { ...held, to: place(event) };
      change(last.corner === null ? rectangle(draft, last.from, last.to, reach()) : withHeld(draft, last));
    },
    onPointerCancel: () => setHeld(null),
  };
  const key = (event: KeyboardEvent): void => {
    const step = drawStep(event.key, event.shiftKey);
    if (change === null) return;
    if (step !== null) {
      const [x, y] = at ?? [site.size[0] / 2, site.size[1] / 2];
      setAt(within([x + step[0], y + step[1]], site.size));
    } else if (event.key === "Enter" && at !== null) change(put(draft, at, reach()));
    else if (event.key === "Enter") change(close(draft));
    else if (event.key === "Backspace") change(undo(draft));
    else if (event.key === "Escape") change({ ...draft, open: [] });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { held, at, pointer, key };
}

function withHeld(draft: Draft, { corner, to }: Held): Draft {
  return corner === null ? draft : moved(draft, corner.kind, corner.index, corner.corner, to);
}

function cornerOf(target: EventTarget): Corner | null {
  const [kind, index, corner] = (target instanceof SVGElement ? (target.dataset["corner"] ?? "") : "").split(" ");
  return kind === "areas" || kind === "forbidden" ? { kind, index: Number(index), corner: Number(corner) } : null;
}
