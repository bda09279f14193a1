import type { Flight, FlightDifference } from "./api";
import type { vi } from "./texts";

type Word = keyof typeof vi;
type Say = (key: Word) => string;

/** A pallet's number as it is printed on its label: without (00) a spreadsheet takes it for a number and rounds its 18 digits. */
function sscc(load: string): string {
  return /^\d{18}$/.test(load) ? `(00)${load}` : load;
}

function row(one: FlightDifference, t: Say, place: (id: string) => string, code: (code: string) => string): string[] {
  const kind = one.sure ? t(`flights.kind.${one.kind}`) : `${t("flights.kind.unseen")} (${t("flights.unsure")})`;
  const order = one.order_id === "" && one.refused !== "" ? code(one.refused) : one.order_id;
  return [kind, sscc(one.load_id), place(one.found), one.cell, place(one.booked), order, one.checked_by, one.photo];
}

/** The count of a flight as rows of a table: what was flown and read, then each difference; to hand over, sign, or check against. */
export function countReport(flight: Flight, t: Say, place: (id: string) => string, stamp: (at: number) => string, code: (code: string) => string): string[][] {
  const head: [Word, string | number][] = [
    ["flights.flight_id", flight.flight_id],
    ["flights.state", t(`flights.state.${flight.state}`)],
    ["flights.started", flight.started > 0 ? stamp(flight.started) : ""],
    ["flights.finished", flight.finished > 0 ? stamp(flight.finished) : ""],
    ["flights.planned_by", flight.user],
    ["flights.pilot", flight.pilot],
    ["flights.places", flight.places.map(place).join(", ")],
    ["flights.cells", flight.plan.cells],
    ["flights.labels", flight.labels],
    ["flights.empty", flight.empty],
    ["flights.unreadable", flight.unreadable],
    ["flights.unseen", flight.unknown],
  ];
  const again: [Word, string][] = flight.again === "" ? [] : [["flights.again_of", flight.again]];
  return [
    ...[...head, ...again].map(([key, value]) => [t(key), String(value)]),
    [],
    (["kind", "load", "found", "cell", "booked", "order", "checked", "photo"] as const).map((name) => t(`flights.${name}`)),
    ...flight.differences.map((one) => row(one, t, place, code)),
    [],
    [t("flights.by_place")],
  ];
}
