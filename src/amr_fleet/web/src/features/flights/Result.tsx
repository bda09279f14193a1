import { Button } from "@mantine/core";
import { Link } from "wouter";

import { useSite } from "../../shared/api/site";
import { stamp } from "../../shared/i18n/times";
import { useLive } from "../../shared/live/live";
import { useMayOperate } from "../../shared/session/me";
import { Fact } from "../../shared/ui/Fact";
import { csv, saveFile } from "../../shared/ui/save";
import { type Flight, type FlightDifference, flightsApi } from "./api";
import { countReport } from "./count_report";
import { CountPictures } from "./CountPictures";
import { isUnderWay, useFlightCommand } from "./hooks";
import { useOwnTexts } from "./own_texts";

/** What was read on the racks, and where it differs from the book; each difference stays until a person has looked. */
export function Result({ flight, second }: { flight: Flight; second: Flight | undefined }) {
  const { t, place, code, lang } = useOwnTexts();
  const site = useSite();
  const read = flight.labels + flight.empty + flight.unreadable;
  const all = Math.max(1, flight.plan.cells);
  const save = (): void => {
    const rows = countReport(flight, t, (id) => (id === "" ? "" : place(id, site)), stamp, (why) => code(why, { load_id: "", order_id: "" }));
    saveFile(`kiem-ke-${flight.flight_id}.csv`, csv(rows), "text/csv");
  };
  return (
    <section className="card" aria-labelledby="flights-result" data-testid="result">
      <h3 id="flights-result">{t("flights.result")}</h3>
      <p className="lead">{t("flights.progress", { read, cells: flight.plan.cells })}</p>
      <progress className="flights-progress" max={all} value={read} aria-label={t("flights.result")} />
      <dl className="facts flights-facts">
        <Fact name={t("flights.labels")}>{flight.labels}</Fact>
        <Fact name={t("flights.empty")}>{flight.empty}</Fact>
        <Fact name={t("flights.unreadable")}>{flight.unreadable}</Fact>
        <Fact name={t("flights.unseen")}>
          <span className={flight.unknown > 0 && !isUnderWay(flight.state) ? "text-amber" : ""}>{flight.unknown}</span>
        </Fact>
      </dl>
      {second !== undefined && (
        <p className="lead">
          <Link href={`/flights/${encodeURIComponent(second.flight_id)}`}>{t(second.state === "PLANNED" || isUnderWay(second.state) ? "flights.second" : "flights.second_over", { flight: second.flight_id, cells: second.plan.cells })}</Link>
        </p>
      )}
      {flight.differences.length > 0 ? <Differences flight={flight} /> : <p>{t(isUnderWay(flight.state) ? "flights.not_counted" : read > 0 ? "flights.agrees" : "flights.not_compared")}</p>}
      {!isUnderWay(flight.state) && read > 0 && (
        <p className="button-row">
          <Button component="a" size="xs" variant="default" href={flightsApi.countFile(flight.flight_id, lang)} download>
            {t("flights.save_pdf")}
          </Button>
          <button type="button" className="small" onClick={save}>
            {t("flights.save_csv")}
          </button>
        </p>
      )}
    </section>
  );
}

function Differences({ flight }: { flight: Flight }) {
  const { t } = useOwnTexts();
  return (
    <>
      <h4>{t("flights.differences", { count: flight.differences.length })}</h4>
      <table className="table table-cards table-rows" data-testid="differences">
        <thead>
          <tr>
            {(["kind", "load", "found", "booked", "order", "checked"] as const).map((name) => (
              <th key={name}>{t(`flights.${name}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {flight.differences.map((one, number) => (
            <Row key={number} flight={flight.flight_id} number={number} one={one} />
          ))}
        </tbody>
      </table>
      <p className="row-dim">{t("flights.by_place")}</p>
      <CountPictures flight={flight} />
    </>
  );
}

function Row({ flight, number, one }: { flight: string; number: number; one: FlightDifference }) {
  const { t, place } = useOwnTexts();
  const site = useSite();
  const operates = useMayOperate();
  const check = useFlightCommand(() => flightsApi.check(flight, number));
  const found = one.found === "" ? "" : place(one.found, site);
  return (
    <tr data-testid={`difference-${number}`}>
      <td>
        <b>{t(one.sure ? `flights.kind.${one.kind}` : "flights.kind.unseen")}</b>
        {!one.sure && <span className="row-dim">{` (${t("flights.unsure")})`}</span>}
      </td>
      <td data-label={t("flights.load")} className={one.load_id === "" ? "blank" : ""}>
        {one.load_id || "–"}
      </td>
      <td data-label={t("flights.found")} className={found === "" && one.cell === "" ? "blank" : ""}>
        {found}
        {found !== "" && one.cell !== "" && ", "}
        {one.cell !== "" && (
          <a className="flights-cell" href={`#picture-${one.cell}`}>
            {one.cell}
          </a>
        )}
        {found === "" && one.cell === "" && "–"}
      </td>
      <td data-label={t("flights.booked")} className={one.booked === "" ? "blank" : ""}>
        {one.booked === "" ? "–" : place(one.booked, site)}
      </td>
      <td data-label={t("flights.order")} className={one.order_id === "" && one.refused === "" ? "blank" : ""}>
        <OrderOf one={one} />
      </td>
      <td data-label={t("flights.checked")}>
        {one.checked_by !== "" ? (
          t("flights.checked_by", { user: one.checked_by })
        ) : operates ? (
          <button type="button" className="small" disabled={check.isPending} onClick={() => check.mutate(undefined)}>
            {t("flights.check")}
          </button>
        ) : (
          "–"
        )}
      </td>
    </tr>
  );
}

/** The order that brings a load back, as it stands now; or why there is none. */
function OrderOf({ one }: { one: FlightDifference }) {
  const { t, code } = useOwnTexts();
  const order = useLive((s) => s.panel?.orders.find((o) => o.order_id === one.order_id));
  if (one.order_id === "") return one.refused === "" ? "–" : <span className="text-amber">{code(one.refused, { load_id: one.load_id, order_id: "" })}</span>;
  const now = order === undefined ? "" : order.held ? t("flights.held") : t(`order.state.${order.state}`);
  return (
    <>
      <Link href={`/orders/${encodeURIComponent(one.order_id)}`}>{one.order_id}</Link>
      {now !== "" && <span className="row-dim">{` ${now}`}</span>}
    </>
  );
}
