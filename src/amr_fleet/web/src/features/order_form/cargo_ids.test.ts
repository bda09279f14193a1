import { expect, it } from "vitest";

import { checkContainer, checkSscc, containerCheckDigit, gs1CheckDigit } from "./cargo_ids";

it("reckons the check digits of the standards' own examples", () => {
  expect(gs1CheckDigit("37610425002123456")).toBe("9"); // GS1 General Specifications, an SSCC
  expect(containerCheckDigit("CSQU305438")).toBe("3"); // ISO 6346, annex A
});

it("counts a remainder of ten as nought", () => {
  const number = Array.from({ length: 999_999 }, (_, i) => `MSKU${String(i).padStart(6, "0")}`).find((n) => remainder(n) === 10);
  expect(containerCheckDigit(number ?? "")).toBe("0");
});

/** ISO 6346 written out anew: letters from 10 on without multiples of 11, weights 2^i, modulo 11. */
function remainder(number: string): number {
  const values = "0123456789A?BCDEFGHIJK?LMNOPQRSTU?VWXYZ";
  return [...number].reduce((sum, c, i) => sum + values.indexOf(c) * 2 ** i, 0) % 11;
}

it.each([
  ["", "empty"],
  ["(00) 3 7610425 002123456 9", "good"],
  ["376104250021234568", "check"],
  ["37610425002123456", "shape"],
  ["abc", "shape"],
])("reads %j as an SSCC: %s", (text, state) => {
  expect(checkSscc(text).state).toBe(state);
});

it.each([
  ["", "empty"],
  ["csqu 305438-3", "good"],
  ["CSQU3054384", "check"],
  ["CSQU305438", "shape"],
  ["12345678901", "shape"],
])("reads %j as a container number: %s", (text, state) => {
  expect(checkContainer(text).state).toBe(state);
});
