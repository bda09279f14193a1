import { useEffect, useState } from "react";

import type { SetupJudged } from "../../shared/api/types";
import { setupApi } from "./api";
import type { Draft } from "./draft";
import { useSetupTexts } from "./own_texts";

const TURN_MS = 4000;
const STEP = 4;

interface Props {
  camera: string;
  size: [number, number];
  draft: Draft;
  judged: SetupJudged | undefined;
  /** The area that is drawn; null: points are set. */
  area: number | null;
  press: (u: number, v: number) => void;
  /** There is no picture any more: nobody has looked for a minute, or the camera fell silent. */
  lost: () => void;
}

/** The blurred still with points and areas over it; a press, or Enter at the mark, sets the next one. */
export function PictureEditor({ camera, size, draft, judged, area, press, lost }: Props) {
  const s = useSetupTexts();
  const [turn, setTurn] = useState(0);
  const [mark, setMark] = useState<[number, number]>([size[0] / 2, size[1] / 2]);
  useEffect(() => {
    const timer = window.setInterval(() => setTurn((k) => k + 1), TURN_MS);
    return () => window.clearInterval(timer);
  }, []);
  const [width, height] = size;
  const within = (value: number, most: number): number => Math.min(most - 1, Math.max(0, value));
  const key = (event: React.KeyboardEvent): void => {
    const far = event.shiftKey ? 5 * STEP : STEP;
    const moves: Record<string, [number, number]> = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    const move = moves[event.key];
    if (move !== undefined) setMark(([u, v]) => [within(u + move[0], width), within(v + move[1], height)]);
    else if (event.key === "Enter" || event.key === " ") press(...mark);
    else return;
    event.preventDefault();
  };
  const drawn = area === null ? undefined : draft.areas[area];
  const letter = height / 22;
  return (
    <>
      <p className="setup-mode" role="status">
        {drawn === undefined ? s("mode_points") : `${s("drawing", { area: drawn.id })} · ${s("corners", { count: drawn.polygon.length })}`}
      </p>
      <div className="setup-picture" style={{ aspectRatio: `${width} / ${height}` }}>
        <img src={setupApi.picture(camera, turn)} alt="" draggable={false} onError={lost} />
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="application"
          aria-label={s("picture", { camera })}
          data-testid="setup-picture"
          tabIndex={0}
          onKeyDown={key}
          onPointerUp={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const at: [number, number] = [within(((event.clientX - box.left) / box.width) * width, width), within(((event.clientY - box.top) / box.height) * height, height)];
            setMark(at);
            press(...at);
          }}
        >
          {draft.areas.map((one, k) => (
            <g key={k}>
              <polygon points={one.polygon.map(([u, v]) => `${u},${v}`).join(" ")} className={k === area ? "setup-area setup-chosen" : "setup-area"} vectorEffect="non-scaling-stroke" />
              {one.polygon.map(([u, v], corner) => (
                <circle key={corner} cx={u} cy={v} r={letter / 5} className="setup-corner" />
              ))}
              {one.polygon[0] !== undefined && (
                <text x={one.polygon[0][0]} y={one.polygon[0][1] - letter * 0.4} fontSize={letter} className="setup-letter">
                  {one.id}
                </text>
              )}
            </g>
          ))}
          {draft.points.map((point, k) => (
            <g key={k}>
              <circle cx={point.u} cy={point.v} r={letter / 4} className={(judged?.residuals[k] ?? 0) > 0.06 ? "setup-point setup-off" : "setup-point"} />
              <text x={point.u + letter * 0.5} y={point.v + letter * 0.35} fontSize={letter} className="setup-letter">
                {k + 1}
              </text>
            </g>
          ))}
          <path d={`M${mark[0] - letter} ${mark[1]}h${2 * letter}M${mark[0]} ${mark[1] - letter}v${2 * letter}`} className="setup-mark" vectorEffect="non-scaling-stroke" />
        </svg>
      </div>
    </>
  );
}
