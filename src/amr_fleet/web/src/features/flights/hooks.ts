import { useQuery, useQueryClient } from "@tanstack/react-query";

import { useCommand } from "../../shared/api/command";
import { frames } from "../../shared/live/live";
import { type Flights, flightsApi, type FlightState } from "./api";
import { answered } from "./heard";

const KEY = "flights";
const FLYING_MS = 1000;
const QUIET_MS = 4000;

export const IN_THE_AIR: readonly FlightState[] = ["FLYING", "RETURNING", "LOST"];
const UNDER_WAY: readonly FlightState[] = ["CLEARING", ...IN_THE_AIR, "DOWN"];

export function isUnderWay(state: FlightState): boolean {
  return UNDER_WAY.includes(state);
}

function period(data: Flights | undefined): number {
  return data?.flights.some((one) => isUnderWay(one.state)) === true ? FLYING_MS : QUIET_MS;
}

/** The aircraft and so many of its newest flights; looked at more often while one is under way. */
export function useFlights(newest: number) {
  return useQuery({ queryKey: [KEY, newest], queryFn: async () => answered(await flightsApi.flights(newest), frames.last?.t ?? null), refetchInterval: (query) => period(query.state.data), retry: false });
}

/** A command after which the page is read again. */
export function useFlightCommand<T, V>(run: (value: V) => Promise<T>, done?: (result: T) => void, inline = false) {
  const client = useQueryClient();
  return useCommand(
    run,
    (result: T) => {
      void client.invalidateQueries({ queryKey: [KEY] });
      done?.(result);
    },
    inline,
  );
}
