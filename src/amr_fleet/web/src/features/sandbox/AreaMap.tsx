import { useSite } from "../../shared/api/site";
import { recordOf, type Trial } from "./api";
import { outline } from "./moves";
import { useOwnTexts } from "./own_texts";

/** The site with what the permit allows, what it forbids, and where it was left. */
export function AreaMap({ trial }: { trial: Trial }) {
  const { t } = useOwnTexts();
  const site = useSite();
  if (site === undefined) return null;
  const [width, height] = site.size;
  const { areas, forbidden } = recordOf(trial).envelope;
  return (
    <figure className="sandbox-map">
      <svg viewBox={`-1 -1 ${width + 2} ${height + 2}`} role="img" aria-label={t("sandbox.map")}>
        <rect width={width} height={height} className="sandbox-floor" />
        <path d={outline(areas, height)} className="sandbox-area" />
        <path d={outline(forbidden, height)} className="sandbox-forbidden" />
        {trial.breaches.map((b) => (b.x === null || b.y === null || b.robot === "" ? null : <circle key={b.t} cx={b.x} cy={height - b.y} r={height / 50} className="sandbox-breach" />))}
      </svg>
      <figcaption className="row-dim">{t("sandbox.legend")}</figcaption>
    </figure>
  );
}
