import { useSite } from "../../shared/api/site";
import type { CameraState, Site } from "../../shared/api/types";
import { useLive } from "../../shared/live/live";
import { heldBy } from "./held";
import { useOwnTexts } from "./own_texts";

const MARGIN_M = 3;

/** The part of the site around a camera: what it sees of the floor, what it guards, what it holds now. */
export function CameraMap({ camera }: { camera: CameraState }) {
  const { t } = useOwnTexts();
  const site = useSite();
  const zones = useLive((s) => s.panel?.zones);
  if (site === undefined) return null;
  const up = site.size[1];
  const held = heldBy(camera.id, zones ?? []);
  const points = [...camera.outline, ...camera.areas.flatMap((area) => area.polygon), [camera.x, camera.y] as const];
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => up - p[1])];
  // What a camera sees beyond the site's edge is not there to be guarded.
  const [left, top] = [Math.max(-1, Math.min(...xs) - MARGIN_M), Math.max(-1, Math.min(...ys) - MARGIN_M)];
  const [width, height] = [Math.min(site.size[0] + 1, Math.max(...xs) + MARGIN_M) - left, Math.min(up + 1, Math.max(...ys) + MARGIN_M) - top];
  const size = Math.max(width, height) / 28; // of letters: they must be read on a phone, too
  const outline = (polygon: readonly (readonly [number, number])[]): string => polygon.map(([x, y]) => `${x},${up - y}`).join(" ");
  return (
    <svg className="camera-map" viewBox={`${left} ${top} ${width} ${height}`} role="img" aria-label={t("camera.map", { camera: camera.id, count: camera.areas.length })} data-testid="camera-map">
      <Ground site={site} />
      <polygon points={outline(camera.outline)} className="camera-sees" />
      {camera.areas.map((area) => (
        <polygon key={area.name} points={outline(area.polygon)} className={`camera-area camera-${area.max_speed > 0 ? "slow" : "hold"}`} />
      ))}
      {held.map((zone) => (
        <polygon key={zone.zone_id} points={outline(zone.polygon)} className="camera-held" />
      ))}
      {camera.areas.map((area) => (
        <text key={area.name} x={middle(area.polygon, 0)} y={up - middle(area.polygon, 1)} fontSize={size} className="camera-name">
          {area.name === "view" ? "" : area.name}
        </text>
      ))}
      <g transform={`translate(${camera.x} ${up - camera.y})`}>
        <circle r={size * 0.6} className="camera-spot" />
        <text x={size * 0.9} fontSize={size} className="camera-name camera-own">
          {camera.id}
        </text>
      </g>
    </svg>
  );
}

function middle(polygon: readonly (readonly [number, number])[], axis: 0 | 1): number {
  return polygon.reduce((total, point) => total + point[axis], 0) / Math.max(1, polygon.length);
}

function Ground({ site }: { site: Site }) {
  const up = site.size[1];
  return (
    <>
      <rect width={site.size[0]} height={up} className="camera-floor" />
      {site.boxes.map((box, i) => (
        <rect key={i} x={-box.size_x / 2} y={-box.size_y / 2} width={box.size_x} height={box.size_y} transform={`translate(${box.x} ${up - box.y}) rotate(${(-180 * box.theta) / Math.PI})`} className="camera-box" />
      ))}
      {site.walls.map((wall, i) => (
        <polyline key={i} points={wall.points.map(([x, y]) => `${x},${up - y}`).join(" ")} className="camera-wall" />
      ))}
    </>
  );
}
