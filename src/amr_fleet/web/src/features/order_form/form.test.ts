import { expect, it } from "vitest";

import { afterSending, check, EMPTY, type Form, fromTemplate, repeatable, toDraft } from "./form";

const good: Form = { ...EMPTY, pick: "DOCK-01", drop: "BLK-02" };
const SSCC = "340123450000000000";

it("asks for both places, and for two different ones", () => {
  expect(check(EMPTY)).toEqual({ pick: "new.need_pick", drop: "new.need_drop" });
  expect(check({ ...good, drop: "DOCK-01" })).toEqual({ drop: "new.same" });
  expect(check(good)).toEqual({});
});

it.each([
  ["0", true],
  ["-5", true],
  ["10081", true],
  ["abc", true],
  ["1e9", true],
  ["1", false],
  [10080, false],
  ["", false],
])("minutes %j are wrong: %s", (minutes, wrong) => {
  expect("deadline" in check({ ...good, deadline: minutes })).toBe(wrong);
  expect("earliest" in check({ ...good, earliest: minutes })).toBe(wrong);
});

it("asks for the number of a pallet or container and checks its digits", () => {
  expect(check({ ...good, kind: "pallet" }).loadId).toBe("cargo.need_number");
  expect(check({ ...good, kind: "pallet", loadId: `${SSCC.slice(0, -1)}${(Number(SSCC.slice(-1)) + 1) % 10}` }).loadId).toBe("cargo.bad_number");
  expect(check({ ...good, container: "CSQU3054384" }).container).toBe("cargo.bad_number");
  expect(check({ ...good, container: "CSQU3054383" })).toEqual({});
});

it("sends only what was filled in, in seconds", () => {
  expect(toDraft(good)).toEqual({ pick_place: "DOCK-01", drop_place: "BLK-02", priority: 0 });
  expect(toDraft({ ...good, deadline: "25", reference: " X1 ", held: true })).toMatchObject({ deadline_in_s: 1500, reference: "X1", held: true });
  expect(toDraft({ ...good, kind: "container", container: "left over" }).cargo?.container).toBe("");
});

it("keeps no number and no document in a template, and gives the rest back", () => {
  const kept = repeatable({ ...good, kind: "pallet", loadId: SSCC, reference: "X1", customer: "Gentraco", deadline: 30 });
  expect([kept.load_id, kept.reference, kept.cargo?.kind]).toEqual([undefined, undefined, ""]);
  const order = { pick_place: "A", drop_place: "B", priority: 5, cutoff: "", robot: "", held: false, earliest_in_s: 0, deadline_in_s: 1800, cargo: null };
  expect(fromTemplate(order, EMPTY)).toMatchObject({ pick: "A", drop: "B", priority: "5", deadline: 30, earliest: "" });
});

it("keeps the places for the next pallet", () => {
  expect(afterSending({ ...good, loadId: SSCC, reference: "X1" })).toEqual(good);
});
