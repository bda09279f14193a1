import { expect, it } from "vitest";

import { KeyReader, type Pressed } from "./keys";
import { LETTERS } from "./letters";
import { PAGES } from "./routes";

const key = (name: string, change: Partial<Pressed> = {}): Pressed => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, typing: false, ...change });

it("opens the search from anywhere, also out of a field and with letters switched off", () => {
  const reader = new KeyReader();
  expect(reader.read(key("k", { ctrlKey: true, typing: true }), 0, false)).toEqual({ what: "search" });
  expect(reader.read(key("K", { metaKey: true }), 0, true)).toEqual({ what: "search" });
  expect(reader.read(key("k", { ctrlKey: true, altKey: true }), 0, true)).toBeNull();
});

it("takes no letter from who types, and none when they are switched off", () => {
  const reader = new KeyReader();
  for (const name of ["/", "?", "n", "p", "g"]) {
    expect(reader.read(key(name, { typing: true }), 0, true)).toBeNull();
    expect(reader.read(key(name), 0, false)).toBeNull();
  }
  expect(reader.read(key("d"), 0, true)).toBeNull();
});

it("goes to a page by G and its letter, soon after one another", () => {
  const reader = new KeyReader();
  expect(reader.read(key("g"), 0, true)).toBeNull();
  expect(reader.read(key("D"), 400, true)).toEqual({ what: "go", letter: "d" });
  expect(reader.read(key("g"), 1000, true)).toBeNull();
  expect(reader.read(key("d"), 3000, true)).toBeNull();
  expect(reader.read(key("g"), 4000, true)).toBeNull();
  expect(reader.read(key("p"), 4100, true)).toEqual({ what: "go", letter: "p" }); // not "pause all"
});

it("leaves the browser its own keys", () => {
  const reader = new KeyReader();
  for (const name of ["n", "p", "g"]) expect(reader.read(key(name, { ctrlKey: true }), 0, true)).toBeNull();
});

it("gives each page a letter of its own", () => {
  const letters = PAGES.flatMap((page) => page.letter ?? []);
  expect(new Set(letters).size).toBe(letters.length);
});

it("gives every page of the navigation a letter", () => {
  expect(PAGES.filter((page) => page.label !== undefined && LETTERS[page.path] === undefined).map((page) => page.path)).toEqual([]);
});
