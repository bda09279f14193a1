import "./styles.css";

import { type RefObject, useEffect, useRef, useState } from "react";

import type { Site } from "../../shared/api/types";
import { useTexts } from "../../shared/i18n/texts";
import { type Frames, frames } from "../../shared/live/live";
import { lazyPart } from "../../shared/ui/lazy_page";
import { MapController } from "./controller";
import { useDrawing } from "./drawing";
import { floorsOf } from "../floors/floors";
import { LayerMenu } from "./LayerMenu";
import { View } from "./view";

/** Fetched when somebody draws a zone: the first page is smaller without it. */
const DrawOverlay = lazyPart(() => import("./DrawOverlay"), true);

/** Only sites with more than one floor fetch it. */
const FloorSwitch = lazyPart(() => import("../floors/FloorSwitch"), true);

export function MapView({ site, source = frames, large = false }: { site: Site; source?: Frames; large?: boolean }) {
  const { t } = useTexts();
  const drawing = useDrawing((s) => s.active !== null) && source === frames;
  const box = useRef<HTMLDivElement>(null);
  const lower = useRef<HTMLCanvasElement>(null);
  const upper = useRef<HTMLCanvasElement>(null);
  const [view] = useState(() => new View(large));
  const controller = useRef<MapController | null>(null);

  useEffect(() => {
    if (box.current === null || lower.current === null || upper.current === null) return;
    const made = new MapController(box.current, lower.current, upper.current, view, site, source);
    controller.current = made;
    return () => made.destroy();
  }, [site, source, view]);

  return (
    <div className="map" ref={box}>
      <canvas ref={lower} data-testid="map-static" />
      <canvas
        ref={upper}
        data-testid="map-live"
        className="map-live"
        // eslint-disable-next-line jsx-a11y/no-interactive-element-to-noninteractive-role -- an application takes keys
        role="application"
        aria-label={t("map.label")}
        tabIndex={0}
        onKeyDown={(event) => {
          if (controller.current?.key(event.key) === true && !event.ctrlKey) event.preventDefault();
        }}
      />
      {drawing && <DrawOverlay site={site} view={view} />}
      {floorsOf(site).length > 0 && <FloorSwitch site={site} live={source === frames} />}
      {!large && <Tools controller={controller} />}
      <Legend />
    </div>
  );
}

function Tools({ controller }: { controller: RefObject<MapController | null> }) {
  const { t } = useTexts();
  return (
    <div className="map-tools">
      <LayerMenu />
      <button type="button" className="map-zoom" aria-label={t("map.zoom_in")} title={t("map.zoom_in")} onClick={() => controller.current?.zoom(1.4)}>
        +
      </button>
      <button type="button" className="map-zoom" aria-label={t("map.zoom_out")} title={t("map.zoom_out")} onClick={() => controller.current?.zoom(1 / 1.4)}>
        −
      </button>
      <button type="button" aria-label={t("map.fit")} title={t("map.fit")} onClick={() => controller.current?.fit()}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5" fill="none" stroke="currentColor" strokeWidth="2" />
        </svg>
      </button>
    </div>
  );
}

function Legend() {
  const { t } = useTexts();
  return (
    <div className="legend">
      <span className="key key-normal" /> {t("legend.normal")}
      <span className="key key-waiting" /> {t("legend.waiting")}
      <span className="key key-paused" /> {t("legend.paused")}
      <span className="key key-error" /> {t("legend.error")}
      <span className="key key-person" /> {t("legend.person")}
      <span className="key key-vehicle" /> {t("legend.vehicle")}
    </div>
  );
}
