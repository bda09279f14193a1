import { expect, it } from "vitest";

import { find, type Findable, words } from "./find";

const thing = (kind: Findable["kind"], title: string, ...more: string[]): Findable => ({ key: `${kind} ${title}`, kind, title, detail: "", href: `/${title}`, words: more });

const THINGS: Findable[] = [
  thing("robot", "AMR-03", "Đang chờ"),
  thing("robot", "AMR-13", "Sẵn sàng"),
  thing("order", "T00031", "PO-4711", "Cửa xuất nhập D01", "Dãy kệ B3"),
  thing("place", "Cửa xuất nhập D03", "DOCK-03"),
  thing("place", "Lô gạo 3", "BLK-03"),
  thing("load", "006141411234567890", "GAO-7", "CSQU3054383", "container", "Lương thực Sông Hậu"),
  thing("page", "Báo cáo ca"),
];
const titles = (typed: string): string[] => find(typed, THINGS).map((found) => found.title);

it("takes a text apart into letters and numbers, without diacritics and leading zeros", () => {
  expect(words("Cửa xuất nhập D03")).toEqual(["cua", "xuat", "nhap", "d", "3"]);
  expect(words("Pa-lét, Công-te-nơ")).toEqual(["pallet", "container"]);
  expect(words("00")).toEqual(["0"]);
  expect(words("  !? ")).toEqual([]);
});

it.each([
  ["amr 3", "AMR-03"],
  ["AMR-03", "AMR-03"],
  ["robot 13", "AMR-13"],
  ["xe 13", "AMR-13"],
  ["cua d3", "Cửa xuất nhập D03"],
  ["dock 3", "Cửa xuất nhập D03"],
  ["lo gao 3", "Lô gạo 3"],
  ["block 3", "Lô gạo 3"],
  ["po 4711", "T00031"],
  ["don 31", "T00031"],
  ["T31", "T00031"],
  ["CSQU305438", "006141411234567890"],
  ["cont csqu", "006141411234567890"],
  ["7890", "006141411234567890"],
  ["song hau", "006141411234567890"],
  ["bao cao", "Báo cáo ca"],
])("finds by %s", (typed, first) => {
  expect(titles(typed)[0]).toBe(first);
});

it("wants every word, and numbers as they are", () => {
  expect(titles("amr 1")).toEqual([]);
  expect(titles("lo gao 4")).toEqual([]);
  expect(titles("")).toEqual([]);
  expect(titles("zzz")).toEqual([]);
});

it("puts what is meant exactly before what only begins so, and shows no more than asked", () => {
  expect(titles("amr")).toEqual(["AMR-03", "AMR-13"]);
  expect(find("amr", THINGS, 1)).toHaveLength(1);
  expect(titles("dock 03")[0]).toBe("Cửa xuất nhập D03");
});

it("survives what nobody would type", () => {
  for (const typed of ["((((", "\\", "đ".repeat(5000), "🚜", "a".repeat(10_000)]) expect(() => titles(typed)).not.toThrow();
});
