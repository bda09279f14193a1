import { useSite } from "../../shared/api/site";
import type { SetupJudged } from "../../shared/api/types";
import type { Draft } from "./draft";
import { useSetupTexts } from "./own_texts";

interface Props {
  draft: Draft;
  judged: SetupJudged | undefined;
  /** The point that a press places; null: none is chosen. */
  point: number | null;
  place: (x: number, y: number) => void;
}

/** The site around the camera: press it to place the chosen point. */
export function SetupMap({ draft, judged, point, place }: Props) {
  const s = useSetupTexts();
  const site = useSite();
  if (site === undefined) return null;
  const up = site.size[1];
  const [wide, high] = [site.size[0] + 2, up + 2];
  const letter = Math.max(wide, high) / 45;
  const outline = (polygon: readonly (readonly [number, number])[]): string => polygon.map(([x, y]) => `${x},${up - y}`).join(" ");
  return (
    <svg
      className="setup-map"
      viewBox={`-1 -1 ${wide} ${high}`}
      role="img"
      aria-label={point === null ? s("map_plain") : s("map", { point: point + 1 })}
      data-testid="setup-map"
      onClick={(event) => {
        const matrix = event.currentTarget.getScreenCTM();
        if (matrix === null) return;
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
        place(Math.round(100 * at.x) / 100, Math.round(100 * (up - at.y)) / 100);
      }}
    >
      <rect width={site.size[0]} height={up} className="setup-floor" />
      {site.boxes.map((box, i) => (
        <rect key={i} x={-box.size_x / 2} y={-box.size_y / 2} width={box.size_x} height={box.size_y} transform={`translate(${box.x} ${up - box.y}) rotate(${(-180 * box.theta) / Math.PI})`} className="setup-box" />
      ))}
      {site.walls.map((wall, i) => (
        <polyline key={i} points={wall.points.map(([x, y]) => `${x},${up - y}`).join(" ")} className="setup-wall" />
      ))}
      {judged !== undefined && <polygon points={outline(judged.outline)} className="setup-sees" />}
      {judged?.areas.map((area) => (
        <polygon key={area.id} points={outline(area.polygon)} className="setup-on-floor" />
      ))}
      {draft.points.map((one, k) => (
        <g key={k}>
          <circle cx={one.x} cy={up - one.y} r={letter / 3} className={k === point ? "setup-point setup-now" : "setup-point"} />
          <text x={one.x + letter * 0.5} y={up - one.y + letter * 0.35} fontSize={letter} className="setup-on-map">
            {k + 1}
          </text>
        </g>
      ))}
      <circle cx={draft.x} cy={up - draft.y} r={letter / 2} className="setup-camera" />
    </svg>
  );
}
