import type { ReactNode } from "react";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { stamp } from "../../shared/i18n/times";
import type { Flight } from "./api";
import { StatePill } from "./StatePill";
import { useOwnTexts } from "./own_texts";

/** All flights that were fetched, the newest first. children: what stands below. */
export function FlightList({ flights, chosen, children }: { flights: readonly Flight[]; chosen: string; children: ReactNode }) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  return (
    <section className="card" aria-labelledby="flights-list">
      <h3 id="flights-list">{t("flights.list")}</h3>
      <ul className="list">
        {[...flights].reverse().map((flight) => (
          <li key={flight.flight_id} className={flight.flight_id === chosen ? "flights-row flights-chosen" : "flights-row"} data-testid={`row-${flight.flight_id}`}>
            <span className="flights-line">
              <Link href={`/flights/${encodeURIComponent(flight.flight_id)}`} aria-current={flight.flight_id === chosen ? "true" : undefined}>
                {flight.flight_id}
              </Link>
              <StatePill state={flight.state} />
            </span>
            <span className="row-dim">
              {`${stamp(flight.created)} · ${flight.places.length > 0 ? flight.places.map((id) => place(id, site)).join(", ") : t(`flights.task.${flight.task}`)}`}
            </span>
          </li>
        ))}
      </ul>
      {children}
    </section>
  );
}
