import { expect, it } from "vitest";

import { dateLine, dayAndTime, secondOfDay, secondsUntil, simulatedDay, stamp } from "./times";

it.each([
  ["06:30", 6 * 3600, 1800],
  ["6:30", 6 * 3600, 1800],
  ["05:00", 6 * 3600, 23 * 3600],
  ["06:00", 6 * 3600, 24 * 3600],
])("waits until %s", (time, now, seconds) => {
  expect(secondsUntil(time, now)).toBe(seconds);
});

it.each(["", "25:00", "12:60", "noon", "12", "1:2", "-1:00"])("takes %j for no time", (time) => {
  expect(secondsUntil(time, 0)).toBeNull();
});

it("knows the time of day of a simulation that runs for days", () => {
  expect(secondOfDay(2 * 86_400 + 61)).toBe(61);
  expect(stamp(2 * 86_400 + 61)).toBe("00:01");
});

it("names the day and the time zone of a site's clock, and the day of a simulation", () => {
  expect(dateLine(Date.UTC(2026, 10, 24, 20) / 1000)).toBe("25/11/2026, GMT+7");
  expect([dateLine(3600), simulatedDay(3600), simulatedDay(86_400), simulatedDay(-1)]).toEqual([null, 1, 2, 1]);
});

it("tells a moment of a recording of days by its day and its second", () => {
  const day = (n: number): string => `ngày ${n}`;
  expect(dayAndTime(Date.UTC(2026, 10, 24, 20, 4, 9) / 1000, day)).toBe("25/11 03:04:09");
  expect(dayAndTime(2 * 86_400 + 61, day)).toBe("ngày 3 00:01:01");
});
