import type { vi } from "./words/texts";

export type Outcome = "code" | keyof typeof vi;

const SAID: Record<string, Outcome> = {
  code: "code",
  linked: "at.linked",
  "oidc.no_role": "at.no_role",
  "oidc.name_taken": "at.taken",
  "oidc.linked": "at.linked_elsewhere",
  "oidc.removed": "at.removed",
  "oidc.provider": "at.away",
  "auth.code_set_up": "at.set_up",
};

/** What ?oidc= of an address says, null when it is not there; what is unknown is a log-in that did not work. */
export function outcome(search: string): Outcome | null {
  const said = new URLSearchParams(search).get("oidc");
  return said === null ? null : (Object.hasOwn(SAID, said) ? SAID[said] : undefined) ?? "at.refused";
}
