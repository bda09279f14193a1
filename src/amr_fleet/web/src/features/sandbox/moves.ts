import type { Me, TrialState } from "../../shared/api/types";

type Role = Me["role"];

interface Move {
  to: TrialState;
  from: readonly TrialState[];
  roles: readonly Role[];
}

const CREW: readonly Role[] = ["operator", "engineer", "admin"];
const SITE: readonly Role[] = ["engineer", "admin"];

/** The steps of amr_fleet.sandbox.states, as far as a page offers them; the server decides. */
const MOVES: readonly Move[] = [
  { to: "submitted", from: ["draft"], roles: SITE },
  { to: "draft", from: ["submitted"], roles: [...SITE, "authority"] },
  { to: "approved", from: ["submitted"], roles: ["admin", "authority"] },
  { to: "running", from: ["approved"], roles: CREW },
  { to: "running", from: ["suspended"], roles: [...CREW, "authority"] },
  { to: "suspended", from: ["running"], roles: [...CREW, "authority"] },
  { to: "ended", from: ["approved", "running", "suspended"], roles: [...SITE, "authority"] },
  { to: "revoked", from: ["submitted", "approved", "running", "suspended"], roles: ["admin", "authority"] },
];

/** To which states somebody may move a trial. */
export function offered(state: TrialState, role: Role | undefined): TrialState[] {
  return MOVES.filter((m) => role !== undefined && m.from.includes(state) && m.roles.includes(role)).map((m) => m.to);
}

/** A new version may be saved in these states (EDITABLE of amr_fleet.sandbox.states); an approved trial is a draft again by that. */
export function editable(state: TrialState): boolean {
  return ["draft", "submitted", "approved", "suspended"].includes(state);
}

/** Points of polygons as an SVG path, y upwards as on the map. */
export function outline(polygons: readonly (readonly (readonly [number, number])[])[], height: number): string {
  return polygons.map((points) => `M${points.map(([x, y]) => `${x},${height - y}`).join("L")}Z`).join("");
}
