import { useState } from "react";

import { address } from "../../shared/api/request";
import { useSite } from "../../shared/api/site";
import { stamp } from "../../shared/i18n/times";
import { useMay, useMayOperate } from "../../shared/session/me";
import { ask } from "../../shared/ui/dialogs";
import { type Flight, type FlightPoint, flightsApi } from "./api";
import { isUnderWay, useFlightCommand } from "./hooks";
import { nearest } from "./nearest";
import { useOwnTexts } from "./own_texts";

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
      <Shown point={point} flying={flying} label={[point.point, where, height, when].filter(Boolean).join(", ")} />
      <span>
        <b>{point.point}</b>
        {` ${[where, height].filter(Boolean).join(", ")}`}
        <span className="row-dim">{` ${[at, when].filter(Boolean).join(" · ")}`}</span>
      </span>
    </li>
  );
}

/** The picture itself, or one sentence that says why there is none to be seen. */
function Shown({ point, flying, label }: { point: FlightPoint; flying: boolean; label: string }) {
  const { t } = useOwnTexts();
  const operates = useMayOperate();
  const engineer = useMay("engineer");
  const [gone, setGone] = useState(false);
  const remove = useFlightCommand(
    () => flightsApi.removePhoto(point.photo),
    () => setGone(true),
  );
  const confirm = async (): Promise<void> => {
    if (await ask({ title: `${t("flights.picture_remove")}?`, body: t("flights.picture_remove_body"), confirm: t("flights.picture_remove") })) remove.mutate(undefined);
  };
  if (point.photo === "") return <p className={`flights-blank${flying ? "" : " text-amber"}`}>{t(point.refused !== "" ? "flights.picture_refused" : flying ? "flights.picture_comes" : "flights.picture_none")}</p>;
  if (!operates) return <p className="flights-blank">{t("flights.picture_rights")}</p>;
  if (gone) return <p className="flights-blank">{t("flights.picture_gone")}</p>;
  const src = address("/api/v1/photos/{photo}", { path: { photo: point.photo } });
  return (
    <>
      <a href={src} target="_blank" rel="noreferrer">
        <img src={src} alt={t("flights.picture_alt", { label })} width={640} height={480} loading="lazy" onError={() => setGone(true)} />
      </a>
      {engineer && (
        <button type="button" className="small" disabled={remove.isPending} aria-label={`${t("flights.picture_remove")} ${point.point}`} onClick={() => void confirm()}>
          {t("flights.picture_remove")}
        </button>
      )}
    </>
  );
}
