import { expect, test } from "vitest";

import { fieldsOf, recordWith, shapesOf } from "./new_record";

const shapes = { areas: [[[0, 0], [9, 0], [9, 9]] as [number, number][]], forbidden: [] };
const NOW = Date.parse("2027-01-15T20:00:00Z"); // the 16th at the site

test("a new record begins today at the site, with all its robots", () => {
  const fields = { ...fieldsOf(null, ["amr_01", "amr_02"], NOW), trial_id: " TN-7 ", title: "Thử" };
  expect(fields).toMatchObject({ begin: "2027-01-16", end: "2027-04-16", most: 2, serials: ["amr_01", "amr_02"] });
  expect(recordWith(null, fields, shapes)).toEqual({
    trial_id: "TN-7",
    title: { vi: "Thử" },
    goals: [],
    criteria: [],
    envelope: {
      ...shapes, begin: "2027-01-16T00:00:00+07:00", end: "2027-04-16T23:59:59+07:00", max_speed: { all: 1 },
      max_robots_moving: 2, max_load_kg: 1400, serials: ["amr_01", "amr_02"],
    },
  });
});

test("what the form does not show stays in the record, times of the same day too", () => {
  const record = {
    trial_id: "TN-1", title: { vi: "Một", en: "One" }, goals: [{ vi: "a", en: "" }], criteria: [{ id: "C1", text: { vi: "b", en: "c" }, kpi: "done", operator: ">=", target: 9 }],
    envelope: {
      areas: [], begin: "2027-01-15T14:00:00+07:00", end: "2027-02-15T14:00:00+07:00", windows: [{ days: ["mon"] }],
      max_speed: { all: 0.8, types: { tugger: 0.5 } }, max_robots_moving: 3, max_load_kg: 500, serials: ["amr_02"],
    },
  };
  const fields = fieldsOf(record, ["amr_01"], NOW);
  expect(recordWith(record, fields, shapes)).toEqual({ ...record, envelope: { ...record.envelope, ...shapes } });
  const later = recordWith(record, { ...fields, end: "2027-03-01", title: "Hai", speed: 0.5 }, shapes);
  expect(later).toMatchObject({
    title: { vi: "Hai", en: "One" },
    envelope: { begin: "2027-01-15T14:00:00+07:00", end: "2027-03-01T23:59:59+07:00", max_speed: { all: 0.5, types: { tugger: 0.5 } } },
  });
});

test("goals and criteria that the form cannot show stay as they are; others are written anew", () => {
  const odd = { goals: "x", criteria: [{ id: "C1", text: { vi: "a" }, operator: "??" }] };
  const fields = fieldsOf(odd, [], NOW);
  expect([fields.goals, fields.criteria]).toEqual([null, null]);
  expect(recordWith(odd, fields, shapes)).toMatchObject(odd);
  expect(recordWith(odd, { ...fields, goals: [{ vi: " Một ", en: "" }] }, shapes)).toMatchObject({ ...odd, goals: [{ vi: "Một", en: "" }] });
});

test("a file that is no record fills a form all the same, and the server says what is wrong", () => {
  expect(fieldsOf({ envelope: [], title: 3 }, [], NOW)).toEqual({ trial_id: "", title: "", begin: "", end: "", speed: 1, most: 1, load: 1, serials: [], goals: [], criteria: [] });
});

test("a record whose polygons cannot all be drawn is not opened: what is not drawn would be lost when it is saved", () => {
  const good = [[0, 0], [1, 0], [1, 1]];
  const broken = [[0, 0], [1, "0"], [1, 1]];
  expect(shapesOf({ envelope: { areas: [good], forbidden: [good] } })).toEqual({ areas: [good], forbidden: [good] });
  for (const envelope of [{ areas: [good], forbidden: [good, broken] }, { areas: [good, [[0]]] }, { areas: ["x"] }, { areas: [good], forbidden: 3 }, { areas: [good], forbidden: null }, []]) {
    expect(shapesOf({ envelope })).toBeNull();
  }
});

test("a record that says nothing of an area, and a new one, have none", () => {
  expect(shapesOf({ envelope: { areas: [] } })).toEqual({ areas: [], forbidden: [] });
  expect(shapesOf({ title: { vi: "a" } })).toEqual({ areas: [], forbidden: [] });
  expect(shapesOf(null)).toEqual({ areas: [], forbidden: [] });
});
