import { expect, it } from "vitest";

import { chartOf } from "./chart";

const hours = (...values: string[]) => values.map((value, at) => ({ hour: `26/11 0${at}:00`, value }));

it("draws one figure of the hours, with its ends", () => {
  const chart = chartOf(hours("4 đơn", "8 đơn", "2 đơn"));
  expect(chart?.upright).toBe(true);
  expect(chart?.bars.map((bar) => bar.share)).toEqual([0.5, 1, 0.25]);
  expect([chart?.high.text, chart?.low.label]).toEqual(["8 đơn", "26/11 02:00"]);
});

it("draws shares of a hundred, reads the decimal comma, and leaves out whose figure is not known", () => {
  const chart = chartOf([
    { robot: "AMR-01", battery: "50 %" },
    { robot: "AMR-02", battery: "12,5 %" },
    { robot: "AMR-03", battery: "" },
    { robot: "AMR-04", battery: "100 %" },
  ]);
  expect(chart?.upright).toBe(false);
  expect(chart?.bars.map((bar) => [bar.label, bar.share])).toEqual([
    ["AMR-01", 0.5],
    ["AMR-02", 0.125],
    ["AMR-04", 1],
  ]);
});

it("draws nothing of few rows, several units, figures that say two things, or rows without a figure", () => {
  expect(chartOf(hours("4 đơn", "8 đơn"))).toBeUndefined();
  expect(chartOf(hours("4 đơn", "8 lần", "2 đơn"))).toBeUndefined();
  expect(chartOf(hours("3 trên 5 đơn có hạn (60,0 %)", "1 trên 2 đơn có hạn (50,0 %)", "2 trên 2 đơn (100,0 %)"))).toBeUndefined();
  expect(chartOf(hours("1 trên 20 nhãn đã đọc", "0 trên 4 nhãn đã đọc", "2 trên 90 nhãn đã đọc"))).toBeUndefined();
  expect(chartOf([{ zone: "A2" }, { zone: "A3" }, { zone: "B1" }])).toBeUndefined();
  expect(chartOf(hours("?", "–", "4"))).toBeUndefined();
  expect(chartOf([])).toBeUndefined();
});

it("draws a day on which nothing was delivered as empty bars", () => {
  expect(chartOf(hours("0 đơn", "0 đơn", "0 đơn"))?.bars.map((bar) => bar.share)).toEqual([0, 0, 0]);
});
