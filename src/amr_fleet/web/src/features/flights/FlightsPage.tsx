import "./styles.css";

import { Button } from "@mantine/core";
import { useState } from "react";
import { useParams } from "wouter";

import { asApiError } from "../../shared/api/request";
import { useMay, useMayOperate } from "../../shared/session/me";
import { Refusal } from "../../shared/ui/Refusal";
import { AircraftCard } from "./AircraftCard";
import type { Flight, Flights } from "./api";
import { FlightDetail } from "./FlightDetail";
import { FlightList } from "./FlightList";
import type { Answered } from "./heard";
import { isUnderWay, useFlights } from "./hooks";
import { NewFlight } from "./NewFlight";
import { PermitForm } from "./PermitForm";
import { useOwnTexts } from "./own_texts";

const FEW = 10;
const MOST = 50;

/** The aircraft and its flights: the one under way, or the one that was chosen, in full beside the list of all. */
export default function FlightsPage() {
  const { t } = useOwnTexts();
  const [newest, setNewest] = useState(FEW);
  const query = useFlights(newest);
  const none = query.error !== null && asApiError(query.error).code === "flight.none";
  return (
    <main className="page">
      <div className="page-wide">
        <div className="page-head">
          <h2>{t("flights.title")}</h2>
        </div>
        {none ? <p className="card empty">{t("flights.nobody")}</p> : <Refusal error={query.error} />}
        {query.isPending && <p className="empty">{t("app.loading")}</p>}
        {query.data !== undefined && !none && <Found data={query.data} more={query.data.flights.length >= newest && newest < MOST ? () => setNewest(MOST) : null} />}
      </div>
    </main>
  );
}

function chosenOf(flights: readonly Flight[], id: string | undefined): Flight | undefined {
  const wanted = flights.find((one) => one.flight_id === id);
  // A second look that waits to be started must not push what the first one has found off the page.
  const newest = flights.findLast((one) => one.again === "" || one.state !== "PLANNED");
  return wanted ?? flights.find((one) => isUnderWay(one.state)) ?? newest ?? flights.at(-1);
}

function Found({ data, more }: { data: Answered<Flights>; more: (() => void) | null }) {
  const { t } = useOwnTexts();
  const { id } = useParams<{ id?: string }>();
  const operates = useMayOperate();
  const engineer = useMay("engineer");
  const chosen = chosenOf(data.flights, id);
  return (
    <div className="flights-columns">
      <div className="column">
        {chosen === undefined ? (
          <div className="card empty">
            <p className="lead">{t("flights.none")}</p>
            {operates && t("flights.none_help")}
          </div>
        ) : (
          <FlightDetail key={chosen.flight_id} flight={chosen} data={data} second={data.flights.findLast((one) => one.again === chosen.flight_id)} />
        )}
      </div>
      <div className="column">
        <AircraftCard data={data} />
        {operates && <NewFlight places={data.places} levels={data.levels} />}
        {engineer && <PermitForm ceiling={data.ceiling} />}
        {data.flights.length > 0 && (
          <FlightList flights={data.flights} chosen={chosen?.flight_id ?? ""}>
            {more !== null && (
              <Button variant="default" onClick={more}>
                {t("flights.more")}
              </Button>
            )}
          </FlightList>
        )}
      </div>
    </div>
  );
}
