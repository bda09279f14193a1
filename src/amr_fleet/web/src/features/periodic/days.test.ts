import { expect, test } from "vitest";

import { amount, day, isoDay, moment, today } from "./days";

test("a day is written and read as people here write it", () => {
  expect(day("2027-01-14")).toBe("14/01/2027");
  expect(day("")).toBe("–");
  expect(isoDay("14/01/2027")).toBe("2027-01-14");
  expect(isoDay(" 5/2/2027 ")).toBe("2027-02-05");
  for (const text of ["", "31/02/2027", "2027-01-14", "1/13/2027", "00/01/2027", "01/01/0027"]) expect(isoDay(text)).toBeNull();
});

test("a moment is that of Vietnam", () => {
  expect(moment(1_797_267_600)).toBe("00:00 15/12/2026");
  expect(moment(1_797_267_599)).toBe("23:59 14/12/2026");
});

test("an amount has the language's signs", () => {
  expect(amount("1.234,5", ",")).toBe(1234.5);
  expect(amount("1,234.5", ".")).toBe(1234.5);
  for (const text of ["", "-1", "1,2,3", "x", "1e9"]) expect(amount(text, ",")).toBeNull();
});

test("today is the site's day, also for a browser that is a day behind", () => {
  expect(today(Date.UTC(2027, 0, 13, 16, 59))).toBe("13/01/2027");
  expect(today(Date.UTC(2027, 0, 13, 17, 0))).toBe("14/01/2027");
});
