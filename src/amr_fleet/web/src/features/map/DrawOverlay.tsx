import { type PointerEvent, useState } from "react";

import type { Site, XY } from "../../shared/api/types";
import { type Key, useTexts } from "../../shared/i18n/texts";
import { type Drawn, laneAt, useDrawing } from "./drawing";
import type { View } from "./view";

const REACH_PX = 18;
const HINT = { zone: "zones.draw_hint", lanes: "zones.lanes_hint", pose: "robot.draw_hint" } as const satisfies Record<Drawn, Key>;

/** Lies over the map while something is drawn: drag from corner to corner, press on lanes, or drag to where a robot looks. */
export function DrawOverlay({ site, view }: { site: Site; view: View }) {
  const { t } = useTexts();
  const { active, finish, toggleLane } = useDrawing();
  const [box, setBox] = useState<{ from: XY; to: XY } | null>(null);
  const at = (event: PointerEvent): XY => {
    const rect = event.currentTarget.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  };
  const end = (event: PointerEvent): void => {
    if (box === null) return;
    setBox(null);
    if (active === "lanes") {
      const lane = laneAt(site, view.toSite(...at(event)), REACH_PX / view.scale);
      if (lane !== null) toggleLane(lane);
    } else finish(view.toSite(...box.from), view.toSite(...at(event)));
  };
  return (
    <div
      className="map-draw"
      data-testid="map-draw"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setBox({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => box !== null && setBox({ ...box, to: at(event) })}
      onPointerUp={end}
      onPointerCancel={() => setBox(null)}
    >
      <p className="map-draw-hint">{t(HINT[active ?? "zone"])}</p>
      {box !== null && active === "zone" && (
        <div
          className="map-draw-box"
          style={{
            left: Math.min(box.from[0], box.to[0]),
            top: Math.min(box.from[1], box.to[1]),
            width: Math.abs(box.to[0] - box.from[0]),
            height: Math.abs(box.to[1] - box.from[1]),
          }}
        />
      )}
      {box !== null && active === "pose" && (
        <svg className="map-draw-arrow" aria-hidden="true">
          <circle cx={box.from[0]} cy={box.from[1]} r={6} />
          <line x1={box.from[0]} y1={box.from[1]} x2={box.to[0]} y2={box.to[1]} />
        </svg>
      )}
    </div>
  );
}
