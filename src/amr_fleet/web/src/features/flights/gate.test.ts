import { describe, expect, it } from "vitest";

import { gateRows, mayStart } from "./gate";

const refused = (...codes: string[]) => codes.map((code) => ({ code, facts: {} }));
const states = (...codes: string[]): Record<string, string> => Object.fromEntries(gateRows(refused(...codes)).map((row) => [row.group, row.state]));

describe("the preflight gate", () => {
  it("shows every condition as met when nothing speaks against a take-off", () => {
    expect(new Set(Object.values(states()))).toEqual(new Set(["met"]));
    expect(gateRows([]).length).toBe(12);
  });

  it("puts each reason beside its condition", () => {
    const rows = gateRows(refused("flight.people", "flight.people_zone", "flight.battery"));
    expect(rows.find((row) => row.group === "people")?.reasons.map((one) => one.code)).toEqual(["flight.people", "flight.people_zone"]);
    expect(rows.filter((row) => row.state === "refused").map((row) => row.group)).toEqual(["battery", "people"]);
  });

  it("calls unknown what nobody could look at, never met", () => {
    expect(states("flight.no_link")).toMatchObject({ link: "refused", battery: "unknown", aircraft: "unknown", permit: "met" });
    expect(states("flight.not_checked")).toMatchObject({ pilot: "refused", weather: "unknown", away: "unknown" });
    expect(states("flight.no_permit")).toMatchObject({ permit: "refused", fire: "unknown" });
  });

  it("refuses for a reason that it does not know", () => {
    expect(gateRows(refused("flight.moon")).at(-1)).toMatchObject({ state: "refused", reasons: [{ code: "flight.moon" }] });
    expect(mayStart(refused("flight.moon"))).toBe(false);
  });

  it("lets a take-off be asked for when only the checklist is missing, or robots that will leave", () => {
    expect(mayStart(refused("flight.not_checked", "flight.robot_under"))).toBe(true);
    expect(mayStart(refused("flight.wind"))).toBe(true); // typed in anew
    for (const code of ["flight.no_permit", "flight.people", "flight.battery", "flight.no_link", "flight.fire"]) expect(mayStart(refused(code))).toBe(false);
  });
});
