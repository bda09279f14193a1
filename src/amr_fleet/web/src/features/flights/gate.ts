import type { GateReason } from "./api";

/** The preflight gate as a list that a person can tick off: what holds, what does not, and what nobody has looked at. */

export type GateState = "met" | "refused" | "unknown";
export type GateGroup = "permit" | "fire" | "pilot" | "weather" | "away" | "link" | "aircraft" | "battery" | "air" | "people" | "pad" | "robots";

export interface GateRow {
  group: GateGroup;
  state: GateState;
  reasons: GateReason[];
}

const GROUPS: Record<GateGroup, readonly string[]> = {
  permit: ["flight.no_permit", "flight.not_registered", "flight.permit_expired", "flight.permit_area"],
  pilot: ["flight.not_checked", "flight.no_pilot", "flight.pilot_away"],
  weather: ["flight.wind", "flight.rain", "flight.light", "flight.light_unknown"],
  away: ["flight.not_cleared"],
  link: ["flight.no_link"],
  aircraft: ["flight.no_position", "flight.not_landed", "flight.off_pad"],
  battery: ["flight.battery"],
  air: ["flight.volume_taken"],
  people: ["flight.people_unknown", "flight.people", "flight.people_zone", "flight.door_open"],
  pad: ["flight.home_taken"],
  robots: ["flight.robot_under"],
  fire: ["flight.fire"],
};

/** What cannot be judged while something else is missing (amr_uav.gate stops there). */
const NEEDS: Partial<Record<GateGroup, string>> = {
  fire: "flight.no_permit",
  weather: "flight.not_checked",
  away: "flight.not_checked",
  aircraft: "flight.no_link",
  battery: "flight.no_link",
};

/** Conditions in the order in which a pilot goes through them; a code that no group knows refuses, too. */
export function gateRows(gate: readonly GateReason[]): GateRow[] {
  const codes = new Set(gate.map((one) => one.code));
  const rows = (Object.keys(GROUPS) as GateGroup[]).map((group): GateRow => {
    const reasons = gate.filter((one) => GROUPS[group].includes(one.code));
    const needed = NEEDS[group];
    const unknown = needed !== undefined && codes.has(needed);
    return { group, state: reasons.length > 0 ? "refused" : unknown ? "unknown" : "met", reasons };
  });
  const known = new Set(Object.values(GROUPS).flat());
  const strange = gate.filter((one) => !known.has(one.code));
  return strange.length === 0 ? rows : [...rows, { group: "air", state: "refused", reasons: strange }];
}

/** Whether pressing "take off" can succeed: the checklist comes with it, and robots leave by themselves. */
export function mayStart(gate: readonly GateReason[]): boolean {
  const comes = [...GROUPS.pilot, ...GROUPS.weather, ...GROUPS.away, ...GROUPS.robots];
  return gate.every((one) => comes.includes(one.code));
}
