import { expect, it, vi } from "vitest";

import type { HeldBy } from "../../shared/api/types";
import { textsFor } from "../../shared/i18n/texts";
import { endingAll, endingOf, leftStanding, whoSays } from "./said";

const pause = (user: string, scope: HeldBy["scope"] = "one", text = ""): HeldBy => ({ user, since: 50_700, text, scope });

it("ends one's own pause and leaves that of another who is at the robot, too", () => {
  const ending = endingOf([pause("minh"), pause("lan"), pause("", "all")], "lan");
  expect(ending.pauses.map((p) => p.user)).toEqual(["lan", ""]);
  expect(ending.others).toEqual([]);
});

it("names all others to whoever has no pause of their own, each once", () => {
  const ending = endingOf([pause("minh", "unload"), pause("minh"), pause("lan", "all")], "huy");
  expect(ending.others).toEqual(["minh", "lan"]);
  expect(ending.unload).toBe(true);
  expect(ending.seen).toBe(50_700); // a pause of after this question is not ended by its answer
});

it("asks about the load even whoever is to take it off, and where nobody owns that", () => {
  expect(endingOf([pause("lan", "unload")], "lan")).toMatchObject({ others: [], unload: true });
  expect(endingOf([pause("", "unload")], "lan")).toMatchObject({ others: [], unload: true });
  expect(endingOf([], "lan")).toMatchObject({ others: [], unload: false });
});

it("says who paused, since when and why", () => {
  expect(whoSays([pause("minh", "one", "đang dỡ tay"), pause("", "unload")], textsFor("vi"))).toBe("minh tạm dừng lúc 14:05: đang dỡ tay.");
});

it("says the day of a pause that is of the night before last", () => {
  vi.setSystemTime(new Date(2026, 10, 29, 3, 0));
  const at = (day: number, hour: number): HeldBy => ({ ...pause("hung"), since: new Date(2026, 10, day, hour, 40).getTime() / 1000 });
  expect(whoSays([at(28, 2)], textsFor("vi"))).toBe("hung tạm dừng lúc 28/11 02:40.");
  expect(whoSays([at(29, 2)], textsFor("vi"))).toBe("hung tạm dừng lúc 02:40.");
  expect(textsFor("vi").code("wait.paused", { robot: "amr_01", user: "hung", at: at(28, 2).since })).toBe("hung tạm dừng AMR-01 lúc 28/11 02:40");
  vi.useRealTimers();
});

it("asks of all robots about whoever paused all, also where one's own pause is the only one of a robot", () => {
  const hung = { pauses: [pause("hung", "all"), pause("lan", "all"), pause("minh", "one")] };
  const robots = [hung, hung, { pauses: [pause("lan", "all")] }, { pauses: [pause("minh", "one")] }];
  expect(endingAll(robots, "lan")).toMatchObject({ others: ["hung"], mine: true });
  expect(leftStanding(robots, ["hung"])).toBe(2);
  expect(endingAll(robots, "huy")).toMatchObject({ others: ["hung", "lan"], mine: false });
  expect(endingAll([{ pauses: [pause("", "all")] }], "lan")).toMatchObject({ others: [], mine: true });
  expect(endingAll([robots[3] ?? hung], "lan")).toEqual({ theirs: [], others: [], mine: false });
});
