import { expect, test } from "vitest";

import { type Criterion, criteriaOf, criterionRows, faultOf, goalRows, goalsOf, nextCriterion } from "./aim_rows";

const goal = { vi: "Giao đúng hạn", en: "On time" };
const one: Criterion = { id: "C1", vi: "Đơn giao xong", en: "", kpi: "done", operator: ">=", target: 100 };

test("goals and criteria are read, and written as they were", () => {
  const written = [{ id: "C1", text: { vi: "Đơn giao xong", en: "" }, kpi: "done", operator: ">=", target: 100 }];
  expect(goalsOf([goal, { vi: "Hai" }])).toEqual([goal, { vi: "Hai", en: "" }]);
  expect(goalRows([{ vi: " Một ", en: "" }])).toEqual([{ vi: "Một", en: "" }]);
  expect(criteriaOf(written)).toEqual([one]);
  expect(criterionRows([one])).toEqual(written);
  expect(criteriaOf([{ id: "C1", text: { vi: "a" } }])).toEqual([{ id: "C1", vi: "a", en: "", kpi: "", operator: ">=", target: 0 }]);
});

test("a record that has none yet has none; one that the form cannot show is left alone", () => {
  expect(goalsOf(undefined)).toEqual([]);
  expect(criteriaOf(undefined)).toEqual([]);
  for (const bad of [3, {}, null, ["a"], [{ vi: 3 }], [{ vi: "a", en: 1 }], [null], [goal, []]]) expect(goalsOf(bad)).toBeNull();
  const row = { id: "C1", text: goal };
  for (const bad of [{ ...row, id: 1 }, { ...row, operator: "=>" }, { ...row, target: "1" }, { ...row, kpi: 1 }, { ...row, text: "a" }, { ...row, text: null }, { id: "C1" }]) {
    expect(criteriaOf([row, bad])).toBeNull();
  }
});

test("a new criterion takes the first free id", () => {
  expect(nextCriterion([]).id).toBe("C1");
  expect(nextCriterion([one, { ...one, id: "C3" }]).id).toBe("C2");
});

test("what is half filled in is not saved, and the first place of it is told", () => {
  expect(faultOf([goal], [one])).toBeNull();
  expect(faultOf(null, null)).toBeNull();
  expect(faultOf([goal, { vi: " ", en: "x" }], [one])).toEqual({ fault: "goal_empty", number: 2 });
  expect(faultOf([], [one, { ...one, id: " C1 " }])).toEqual({ fault: "criterion_twice", number: 2 });
  expect(faultOf([], [{ ...one, vi: "" }])).toEqual({ fault: "criterion_empty", number: 1 });
  for (const id of ["", "a b", "-a", "x".repeat(65)]) expect(faultOf([], [{ ...one, id }])).toEqual({ fault: "criterion_id", number: 1 });
});
