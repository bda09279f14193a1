import { expect, it } from "vitest";

import type { HeldBy } from "../../shared/api/types";
import { textsFor } from "../../shared/i18n/texts";
import { endingOf, whoSays } from "./said";

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
});

it("asks about the load even whoever is to take it off, and where nobody owns that", () => {
  expect(endingOf([pause("lan", "unload")], "lan")).toMatchObject({ others: [], unload: true });
  expect(endingOf([pause("", "unload")], "lan")).toMatchObject({ others: [], unload: true });
  expect(endingOf([], "lan")).toMatchObject({ others: [], unload: false });
});

it("says who paused, since when and why", () => {
  expect(whoSays([pause("minh", "one", "đang dỡ tay"), pause("", "unload")], textsFor("vi"))).toBe("minh tạm dừng lúc 14:05: đang dỡ tay.");
});
