import { expect, it } from "vitest";

import { newKey } from "../../shared/api/key";
import { fieldName, textsFor } from "../../shared/i18n/texts";
import { afterSending, check, EMPTY, type Form, fromTemplate, orderKinds, repeatable, toDraft, toMinutes, toSeconds, USUAL } from "./form";

const good: Form = { ...EMPTY, pick_place: "DOCK-01", drop_place: "BLK-02" };
const of = (cargo: Partial<Form["cargo"]>): Pick<Form, "cargo"> => ({ cargo: { ...EMPTY.cargo, ...cargo } });
const SSCC = "340123450000000000";

it("asks for both places, and for two different ones", () => {
  expect(check(EMPTY)).toEqual({ pick_place: "new.need_pick", drop_place: "new.need_drop" });
  expect(check({ ...good, drop_place: "DOCK-01" })).toEqual({ drop_place: "new.same" });
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
  expect("deadline_in_s" in check({ ...good, deadline_in_s: toSeconds(minutes) })).toBe(wrong);
  expect("earliest_in_s" in check({ ...good, earliest_in_s: toSeconds(minutes) ?? 0 })).toBe(wrong && minutes !== "0");
});

it("shows seconds as the minutes that were typed", () => {
  expect(["25", 0, ""].map((typed) => toMinutes(toSeconds(typed)))).toEqual([25, 0, ""]);
});

it("asks for the number of a pallet or container and checks its digits", () => {
  expect(check({ ...good, ...of({ kind: "pallet" }) }).load_id).toBe("cargo.need_number");
  expect(check({ ...good, ...of({ kind: "pallet" }), load_id: `${SSCC.slice(0, -1)}${(Number(SSCC.slice(-1)) + 1) % 10}` }).load_id).toBe("cargo.bad_number");
  expect(check({ ...good, ...of({ container: "CSQU3054384" }) }).container).toBe("cargo.bad_number");
  expect(check({ ...good, ...of({ container: "CSQU3054383" }) })).toEqual({});
});

it("sends only what was filled in, in seconds", () => {
  expect(toDraft(good)).toEqual({ pick_place: "DOCK-01", drop_place: "BLK-02", priority: 0 });
  expect(toDraft({ ...good, until_ready: true }).until_ready).toBe(true);
  expect(toDraft({ ...good, deadline_in_s: toSeconds("25"), reference: " X1 ", held: true })).toMatchObject({ deadline_in_s: 1500, reference: "X1", held: true });
  expect(toDraft({ ...good, ...of({ kind: "container", container: "left over" }) }).cargo?.container).toBe("");
});

it("sends whatever the form has a field for", () => {
  const said = { string: "X1", boolean: true, number: 300, object: 300 };
  for (const name of Object.keys(EMPTY) as (keyof Form)[]) {
    const value = name === "cargo" ? { ...EMPTY.cargo, lot: "L7" } : said[typeof EMPTY[name] as keyof typeof said];
    expect(toDraft({ ...good, [name]: value })[name], name).toEqual(name === "cargo" ? expect.objectContaining({ lot: "L7" }) : value);
  }
});

it("has words for each field, in the trail, too", () => {
  const texts = textsFor("vi");
  for (const name of Object.keys(EMPTY)) if (!["key", "cargo"].includes(name)) expect(fieldName(name, texts), name).not.toBe(name);
  expect(fieldName("rows.3.deadline", texts)).toBe("Hạn");
});

it("says what an order is beside a usual one", () => {
  expect(orderKinds({ ...good, held: true, until_ready: true })).toEqual(["new.until_ready"]);
  expect(orderKinds({ order_id: "T1" })).toEqual([]);
});

it.each([
  [0, false],
  [0.5, false],
  [100000, false],
  [100001, true],
  [-1, true],
  [Number.NaN, true],
])("a weight of %j kg is wrong: %s", (weight_kg, wrong) => {
  expect("weight_kg" in check({ ...good, ...of({ weight_kg }) })).toBe(wrong);
});

it("sends a weight that was said, and keeps it in a template but for no other load", () => {
  const heavy = { ...good, ...of({ weight_kg: 1300.5 }) };
  expect(toDraft(heavy).cargo).toEqual({ weight_kg: 1300.5 });
  expect(toDraft({ ...good, ...of({ kind: "lot", weight_kg: 900 }) }).cargo).toMatchObject({ kind: "lot", weight_kg: 900 });
  expect(toDraft(afterSending(heavy)).cargo).toBeUndefined();
  expect(repeatable(heavy).cargo).toEqual({ weight_kg: 1300.5 });
});

it("sends a type of load that was chosen, and keeps it for the next load and in a template", () => {
  const big = { ...good, ...of({ load_type: "JUMBO" }) };
  expect(toDraft(big).cargo).toEqual({ load_type: "JUMBO" });
  expect(toDraft(afterSending(big)).cargo).toEqual({ load_type: "JUMBO" });
  expect(repeatable(big).cargo).toMatchObject({ load_type: "JUMBO" });
});

it("keeps no number and no document in a template, and gives the rest back", () => {
  const kept = repeatable({ ...good, ...of({ kind: "pallet", customer: "Gentraco" }), load_id: SSCC, reference: "X1", deadline_in_s: 1800 });
  expect([kept.load_id, kept.reference, kept.cargo?.kind]).toEqual([undefined, undefined, ""]);
  const order = { ...USUAL, pick_place: "A", drop_place: "B", priority: 5, cutoff: "", robot: "", earliest_in_s: 0, deadline_in_s: 1800, cargo: null };
  expect(fromTemplate(order, EMPTY)).toMatchObject({ pick_place: "A", drop_place: "B", priority: 5, deadline_in_s: 1800, cargo: EMPTY.cargo });
});

it("keeps the places for the next pallet", () => {
  const { key, ...rest } = afterSending({ ...good, load_id: SSCC, reference: "X1" });
  expect({ ...rest, key: "" }).toEqual(good);
  expect(key).not.toBe("");
});

it("gives each sending of a form a key of its own, and a kept order none", () => {
  const form = { ...good, key: newKey() };
  expect(toDraft(form).key).toMatch(/^[0-9a-f]{32}$/);
  expect(afterSending(form).key).not.toBe(form.key);
  expect("key" in repeatable(form)).toBe(false);
});
