/** s without a report after which an aircraft counts as silent, as the fleet's own limit for its link. */
const SILENT_S = 3;

/** An answer about flights. silence: how long its aircraft has said nothing (s); null for one that speaks, or none. */
export type Answered<T> = T & { silence: number | null };

/** Judge an answer by the fleet's clock at its arrival: the clock goes on until the next one comes, the report does not. */
export function answered<T extends { telemetry: { t: number } | null }>(data: T, now: number | null): Answered<T> {
  const age = data.telemetry === null || now === null ? 0 : now - data.telemetry.t;
  return { ...data, silence: age > SILENT_S ? age : null };
}
