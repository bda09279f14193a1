import { address, api } from "../../shared/api/request";
import type { FlightPermitBody, PilotChecklist } from "../../shared/api/types";

export type { Aircraft, Flight, FlightDifference, FlightPermitBody, FlightPoint, Flights, FlightState, FlightTask, GateReason, PilotChecklist } from "../../shared/api/types";

/** x, y and height above the floor (m). */
export type Point3 = [number, number, number];

export const flightsApi = {
  flights: (newest: number) => api.get("/api/v1/flights", { query: { newest } }),
  plan: (places: string[], levels: number[]) => api.post("/api/v1/flights", { body: { task: "inventory_flight", places, levels } }),
  inspect: (points: Point3[]) => api.post("/api/v1/flights", { body: { task: "inspect", points } }),
  removePhoto: (photo: string) => api.delete("/api/v1/photos/{photo}", { path: { photo } }),
  start: (flight_id: string, checks: PilotChecklist) => api.post("/api/v1/flights/{flight_id}/start", { path: { flight_id }, body: checks }),
  abort: (flight_id: string) => api.post("/api/v1/flights/{flight_id}/abort", { path: { flight_id } }),
  recover: (flight_id: string) => api.post("/api/v1/flights/{flight_id}/recover", { path: { flight_id } }),
  check: (flight_id: string, number: number) => api.post("/api/v1/flights/{flight_id}/differences/{number}/check", { path: { flight_id, number } }),
  countFile: (flight_id: string, lang: "vi" | "en") => address("/api/v1/flights/{flight_id}/count.pdf", { path: { flight_id }, query: { lang } }),
  permit: (permit: FlightPermitBody) => api.post("/api/v1/flight-permit", { body: permit }),
};
