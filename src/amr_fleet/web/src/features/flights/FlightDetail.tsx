import { Button } from "@mantine/core";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { stamp } from "../../shared/i18n/times";
import { useMay, useMayOperate } from "../../shared/session/me";
import { ask, note } from "../../shared/ui/dialogs";
import { Fact } from "../../shared/ui/Fact";
import { type Flight, type Flights, flightsApi } from "./api";
import { FlightMap } from "./FlightMap";
import { Gate } from "./Gate";
import type { Answered } from "./heard";
import { HeightProfile } from "./HeightProfile";
import { IN_THE_AIR, isUnderWay, useFlightCommand } from "./hooks";
import { Points } from "./Points";
import { Result } from "./Result";
import { StatePill } from "./StatePill";
import { useOwnTexts, whyText } from "./own_texts";

/** One flight: what it is doing and the buttons that end it, where it goes, what it needs, and what it has found. second: looks again at what it could not read. */
export function FlightDetail({ flight, data, second }: { flight: Flight; data: Answered<Flights>; second: Flight | undefined }) {
  const texts = useOwnTexts();
  const { t } = texts;
  const operates = useMayOperate();
  const telemetry = data.telemetry;
  const craft = telemetry !== null && isUnderWay(flight.state) && telemetry.flight_id === flight.flight_id ? telemetry : null;
  return (
    <>
      <section className="card" aria-labelledby="flights-one" data-testid={`flight-${flight.flight_id}`}>
        <div className="flights-head">
          <h3 id="flights-one">{t("flights.flight", { flight: flight.flight_id })}</h3>
          <span role="status">
            <StatePill state={flight.state} />
          </span>
          <Commands flight={flight} />
        </div>
        {flight.again !== "" && (
          <p className="lead">
            <Link href={`/flights/${encodeURIComponent(flight.again)}`}>{t("flights.again", { flight: flight.again })}</Link>
          </p>
        )}
        {flight.why !== "" && <p className="lead">{`${t("flights.why")}: ${whyText(texts, flight.why, flight.flight_id)}`}</p>}
        <FlightMap flight={flight} data={data} craft={craft} silence={data.silence} />
        <HeightProfile flight={flight} pad={data.pad} ceiling={data.ceiling} craft={data.silence === null ? craft : null} />
      </section>
      {flight.state === "PLANNED" && <Plan flight={flight} data={data} />}
      {(flight.state === "PLANNED" || flight.state === "CLEARING") && <Gate flight={flight} form={flight.state === "PLANNED" && operates} />}
      {flight.started > 0 && (flight.task === "inspect" ? <Points flight={flight} /> : <Result flight={flight} second={second} />)}
      {flight.state !== "PLANNED" && <Plan flight={flight} data={data} />}
    </>
  );
}

/** One press ends a flight: on the ground it is cancelled, in the air it comes home. Neither asks back: both are safe. */
function Commands({ flight }: { flight: Flight }) {
  const { t } = useOwnTexts();
  const operates = useMayOperate();
  const engineer = useMay("engineer");
  const flying = IN_THE_AIR.includes(flight.state);
  const abort = useFlightCommand(
    () => flightsApi.abort(flight.flight_id),
    () => note(flying ? t("flights.returning") : t("flights.cancelled", { flight: flight.flight_id })),
  );
  const recover = useFlightCommand(() => flightsApi.recover(flight.flight_id));
  const confirm = async (): Promise<void> => {
    if (await ask({ title: `${t("flights.recover")}?`, body: t("flights.recover_body"), confirm: t("flights.recover") })) recover.mutate(undefined);
  };
  return (
    <div className="button-row flights-commands">
      {operates && (flight.state === "PLANNED" || flight.state === "CLEARING") && (
        <Button variant="default" loading={abort.isPending} onClick={() => abort.mutate(undefined)}>
          {t("flights.cancel")}
        </Button>
      )}
      {operates && flying && (
        <Button color="var(--bad-note)" loading={abort.isPending} onClick={() => abort.mutate(undefined)}>
          {t("flights.return")}
        </Button>
      )}
      {engineer && (flight.state === "LOST" || flight.state === "DOWN") && (
        <Button variant="default" loading={recover.isPending} onClick={() => void confirm()}>
          {t("flights.recover")}
        </Button>
      )}
    </div>
  );
}

function span(levels: readonly number[]): string {
  const [first, last] = [levels[0], levels.at(-1)];
  const whole = first !== undefined && last !== undefined && last - first + 1 === levels.length;
  return whole && levels.length > 2 ? `${first}–${last}` : levels.join(", ");
}

function Plan({ flight, data }: { flight: Flight; data: Flights }) {
  const { t, num, age, place } = useOwnTexts();
  const site = useSite();
  const { plan } = flight;
  const energy = Math.ceil(100 * plan.energy);
  const spare = Math.round(100 * data.spare);
  const what =
    flight.task === "inspect"
      ? t("flights.looks_at", { cells: plan.cells })
      : t("flights.counts_of", { rows: plan.rows.length, names: flight.places.map((id) => place(id, site)).join(", "), levels: span(plan.levels), cells: plan.cells });
  return (
    <section className="card" aria-labelledby="flights-plan" data-testid="plan">
      <h3 id="flights-plan">{t("flights.plan")}</h3>
      <dl className="facts flights-facts">
        <Fact name={t(flight.task === "inspect" ? "flights.looks" : "flights.counts")}>{what}</Fact>
        <Fact name={t("flights.height")}>{t("flights.height_of", { height: num(plan.height, 1), ceiling: num(data.ceiling, 1) })}</Fact>
        <Fact name={t("flights.length")}>{`${num(plan.length)} m`}</Fact>
        <Fact name={t("flights.time")}>{age(plan.seconds)}</Fact>
        <Fact name={t("flights.energy")}>{t("flights.energy_of", { energy, spare, needed: Math.ceil(100 * (plan.energy + data.spare)) })}</Fact>
        <Fact name={t("flights.reserve")}>{t("flights.reserve_of", { reserve: Math.round(100 * data.reserve) })}</Fact>
        <Fact name={t("flights.ground")}>{t("flights.ground_of")}</Fact>
        <Fact name={t("flights.planned_by")}>{`${flight.user}, ${stamp(flight.created)}`}</Fact>
        {flight.pilot !== "" && <Fact name={t("flights.pilot")}>{flight.pilot}</Fact>}
        {flight.started > 0 && <Fact name={t("flights.started")}>{stamp(flight.started)}</Fact>}
        {flight.finished > 0 && <Fact name={t("flights.finished")}>{stamp(flight.finished)}</Fact>}
      </dl>
    </section>
  );
}
