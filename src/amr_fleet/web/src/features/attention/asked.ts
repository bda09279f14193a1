import type { Intervention } from "./api";

/** What is known of the alarm that a message was about, once it is not open any more. Of what is not known nothing is said. */
export type Asked = { is: "asking" } | { is: "failed"; error: Error } | { is: "unknown" } | { is: "over"; one: Intervention };

/** found: the alarms of the last day by the journal, which may hear of the end a moment later than the page. */
export function asked(alarm: string, found: readonly Intervention[] | undefined, error: Error | null): Asked {
  const one = found?.find((each) => each.alarm_id === alarm);
  if (one !== undefined && one.cleared > 0) return { is: "over", one };
  if (error !== null) return { is: "failed", error };
  return { is: found === undefined || one !== undefined ? "asking" : "unknown" };
}
