import { type PointerEvent, useState } from "react";

import { useTexts } from "../i18n";
import type { XY } from "../types";
import { useDrawing } from "./drawing";

const SMALLEST_M = 0.3;

/** Lies over the map while a zone is drawn: drag from one corner to the other. */
export function DrawOverlay({ toSite }: { toSite: (x: number, y: number) => XY }) {
  const { t } = useTexts();
  const finish = useDrawing((s) => s.finish);
  const [box, setBox] = useState<{ from: XY; to: XY } | null>(null);
  const at = (event: PointerEvent): XY => {
    const rect = event.currentTarget.getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  };
  const end = (event: PointerEvent): void => {
    if (box === null) return;
    const [a, b] = [toSite(...box.from), toSite(...at(event))];
    const [x0, x1, y0, y1] = [Math.min(a[0], b[0]), Math.max(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    setBox(null);
    if (x1 - x0 < SMALLEST_M || y1 - y0 < SMALLEST_M) return;
    const round = (v: number): number => Math.round(v * 10) / 10;
    const corners: XY[] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
    finish(corners.map(([x, y]) => [round(x), round(y)] as XY));
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
      <p className="map-draw-hint">{t("zones.draw_hint")}</p>
      {box !== null && (
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
    </div>
  );
}
