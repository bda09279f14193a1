import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";

import type { Site, XY } from "../../shared/api/types";
import { type Key, useTexts } from "../../shared/i18n/texts";
import { type Drawn, laneAt, useDrawing } from "./drawing";
import { drawStep, laneStep } from "./keys";
import type { View } from "./view";

const REACH_PX = 18;
const HINT = { zone: "zones.draw_hint", lanes: "zones.lanes_hint", pose: "robot.draw_hint" } as const satisfies Record<Drawn, Key>;

interface Props {
  site: Site;
  view: View;
}

/**
 * Lies over the map while something is drawn. With a pointer: drag from corner to corner, press on lanes, or drag to where a
 * robot looks. With keys: arrows move a cross and Enter sets each end, or arrows go from lane to lane and Enter takes one.
 */
export default function DrawOverlay({ site, view }: Props) {
  const { t } = useTexts();
  const active = useDrawing((s) => s.active);
  const { box, at, lane, pointer, key } = useDrawn(site, view);
  const overlay = useRef<HTMLDivElement>(null);
  useEffect(() => overlay.current?.focus(), []);
  const hint = t(HINT[active ?? "zone"]);
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/no-noninteractive-tabindex -- an application takes keys
    <div className="map-draw" data-testid="map-draw" ref={overlay} role="application" aria-label={`${hint} ${t("map.draw_keys")}`} tabIndex={0} onKeyDown={key} {...pointer}>
      <p className="map-draw-hint">
        {hint} <span className="map-draw-keys">{t("map.draw_keys")}</span>
      </p>
      <p className="map-draw-at" role="status">
        {active === "lanes" ? (lane?.id ?? "") : at === null ? "" : t("map.draw_at", { x: at[0].toFixed(1), y: at[1].toFixed(1) })}
      </p>
      {box !== null && active === "zone" && <Box from={view.toScreen(...box.from)} to={view.toScreen(...box.to)} />}
      <svg className="map-draw-arrow" aria-hidden="true">
        {box !== null && active === "pose" && <Arrow from={view.toScreen(...box.from)} to={view.toScreen(...box.to)} />}
        {at !== null && active !== "lanes" && <Cross at={view.toScreen(...at)} />}
        {lane !== null && active === "lanes" && <polyline points={lane.points.map((p) => view.toScreen(...p).join()).join(" ")} />}
      </svg>
    </div>
  );
}

function Box({ from, to }: { from: XY; to: XY }) {
  return <div className="map-draw-box" style={{ left: Math.min(from[0], to[0]), top: Math.min(from[1], to[1]), width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) }} />;
}

function Arrow({ from, to }: { from: XY; to: XY }) {
  return (
    <>
      <circle cx={from[0]} cy={from[1]} r={6} />
      <line x1={from[0]} y1={from[1]} x2={to[0]} y2={to[1]} />
    </>
  );
}

function Cross({ at: [x, y] }: { at: XY }) {
  return <path d={`M${x - 12} ${y}h24M${x} ${y - 12}v24`} />;
}

/** What is being drawn, metres of the site, by pointer or by keys. */
function useDrawn(site: Site, view: View) {
  const { active, finish, toggleLane, clear } = useDrawing();
  const [box, setBox] = useState<{ from: XY; to: XY } | null>(null);
  const [at, setAt] = useState<XY | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const place = (event: PointerEvent): XY => {
    const rect = event.currentTarget.getBoundingClientRect();
    return view.toSite(event.clientX - rect.left, event.clientY - rect.top);
  };
  const end = (event: PointerEvent): void => {
    if (box === null) return;
    setBox(null);
    if (active === "lanes") {
      const lane = laneAt(site, place(event), REACH_PX / view.scale);
      if (lane !== null) toggleLane(lane);
    } else finish(box.from, place(event));
  };
  const pointer = {
    onPointerDown: (event: PointerEvent) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      setAt(null);
      setBox({ from: place(event), to: place(event) });
    },
    onPointerMove: (event: PointerEvent) => at === null && box !== null && setBox({ ...box, to: place(event) }),
    onPointerUp: end,
    onPointerCancel: () => setBox(null),
  };
  const enter = (): void => {
    const lane = chosen === null ? undefined : site.lanes[chosen];
    if (active === "lanes") {
      if (lane !== undefined) toggleLane(lane.id);
    } else if (at !== null && box === null) setBox({ from: at, to: at });
    else if (at !== null && box !== null) {
      setBox(null);
      finish(box.from, at);
    }
  };
  const key = (event: KeyboardEvent): void => {
    const lane = active === "lanes" ? laneStep(event.key, chosen ?? -1, site.lanes.length) : null;
    const step = active === "lanes" ? null : drawStep(event.key, event.shiftKey);
    if (lane !== null) setChosen(lane);
    else if (step !== null) {
      const [x, y] = at ?? view.toSite(view.width / 2, view.height / 2);
      const to: XY = [Math.min(site.size[0], Math.max(0, x + step[0])), Math.min(site.size[1], Math.max(0, y + step[1]))];
      setAt(to);
      if (box !== null) setBox({ ...box, to });
    } else if (event.key === "Enter") enter();
    else if (event.key === "Escape") clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { box, at, lane: chosen === null ? null : (site.lanes[chosen] ?? null), pointer, key };
}
