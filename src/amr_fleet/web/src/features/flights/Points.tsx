import { useSite } from "../../shared/api/site";
import { stamp } from "../../shared/i18n/times";
import type { Flight, FlightPoint } from "./api";
import { isUnderWay } from "./hooks";
import { nearest } from "./nearest";
import { useOwnTexts } from "./own_texts";
import { Picture } from "./Picture";

/** The pictures of an inspection: one a point with its place, height and time; where there is none it says why. */
export function Points({ flight }: { flight: Flight }) {
  const { t } = useOwnTexts();
  const all = flight.points.length;
  return (
    <section className="card" aria-labelledby="flights-points" data-testid="points">
      <h3 id="flights-points">{t("flights.pictures")}</h3>
      <p className={flight.unknown > 0 && !isUnderWay(flight.state) ? "lead text-amber" : "lead"}>{t("flights.pictures_of", { count: all - flight.unknown, all })}</p>
      <ul className="flights-points">
        {flight.points.map((point) => (
          <Point key={point.point} point={point} flying={isUnderWay(flight.state)} />
        ))}
      </ul>
      <p className="row-dim">{t("flights.pictures_kept")}</p>
    </section>
  );
}

function Point({ point, flying }: { point: FlightPoint; flying: boolean }) {
  const { t, num, place } = useOwnTexts();
  const site = useSite();
  const near = site === undefined ? undefined : nearest(point, site.places);
  const where = near === undefined ? "" : t("flights.near", { place: place(near, site) });
  const height = t("flights.at_height", { z: num(point.z, 1) });
  const at = `x ${num(point.x, 1)}, y ${num(point.y, 1)} m`;
  const when = point.taken > 0 ? stamp(point.taken) : "";
  return (
    <li data-testid={`point-${point.point}`}>
      <Picture name={point.point} photo={point.photo} refused={point.refused} flying={flying} label={[point.point, where, height, when].filter(Boolean).join(", ")} />
      <span>
        <b>{point.point}</b>
        {` ${[where, height].filter(Boolean).join(", ")}`}
        <span className="row-dim">{` ${[at, when].filter(Boolean).join(" · ")}`}</span>
      </span>
    </li>
  );
}
