import type { CameraView, Seen } from "../../shared/api/types";
import { useMayOperate } from "../../shared/session/me";
import { camerasApi } from "./api";
import { type OwnTexts, useOwnTexts } from "./own_texts";

const USUAL_SIZE = [640, 480] as const;
const TEXT_SHARE = 0.06;

/** What a camera sees: boxes over its blurred picture where there may be one, else over an empty field. */
export function Picture({ id, view }: { id: string; view: CameraView }) {
  const texts = useOwnTexts();
  const may = useMayOperate();
  const [width, height] = view.size ?? USUAL_SIZE;
  const second = view.frame_age === null || view.t === null ? null : Math.floor(view.t - view.frame_age);
  return (
    <div className={view.seeing ? "camera-picture" : "camera-picture camera-blind"} style={{ aspectRatio: `${width} / ${height}` }}>
      {second !== null && may && <img src={camerasApi.frame(id, second)} alt="" />}
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence(view, texts)}>
        {view.detections.map((seen, i) => (
          <Box key={i} seen={seen} size={height * TEXT_SHARE} texts={texts} />
        ))}
      </svg>
      {!view.seeing && <p>{blindText(view, texts)}</p>}
      {view.seeing && second === null && view.detections.length === 0 && <p>{texts.t("camera.empty")}</p>}
    </div>
  );
}

function Box({ seen, size, texts }: { seen: Seen; size: number; texts: OwnTexts }) {
  const [x0, y0, x1, y1] = seen.box;
  const label = `${texts.t(`camera.${seen.kind}`)} ${texts.num(seen.score * 100)} %`;
  const above = y0 > size * 1.6;
  return (
    <g className={`seen seen-${seen.kind}`}>
      <rect x={x0} y={y0} width={x1 - x0} height={y1 - y0} vectorEffect="non-scaling-stroke" />
      <text x={x0} y={above ? y0 - size * 0.4 : y1 + size * 1.1} fontSize={size}>
        {label}
      </text>
    </g>
  );
}

export function blindText(view: CameraView, { t }: OwnTexts): string {
  return t(view.t === null ? "camera.never" : view.blind === "silent" ? "camera.silent" : "camera.blind");
}

/** How many of each, in words. */
export function sentence(view: CameraView, texts: OwnTexts): string {
  if (!view.seeing) return blindText(view, texts);
  const parts = (["person", "vehicle", "load"] as const)
    .map((kind) => [kind, view.detections.filter((d) => d.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => texts.t(`camera.${kind}s`, { count }));
  return parts.length === 0 ? texts.t("camera.empty") : parts.join(", ");
}
