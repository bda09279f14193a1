import { expect, test } from "vitest";

import { editable, offered, outline } from "./moves";

test("an authority suspends, revokes and confirms, and never starts a trial", () => {
  expect(offered("approved", "authority")).toEqual(["ended", "revoked"]);
  expect(offered("running", "authority")).toEqual(["suspended", "ended", "revoked"]);
  expect(offered("submitted", "authority")).toEqual(["draft", "approved", "revoked"]);
});

test("a viewer is offered nothing, and nobody what is over", () => {
  expect(offered("running", "viewer")).toEqual([]);
  expect(offered("running", undefined)).toEqual([]);
  expect(offered("ended", "admin")).toEqual([]);
});

test("an operator starts, suspends and resumes, and approves nothing", () => {
  expect(offered("approved", "operator")).toEqual(["running"]);
  expect(offered("suspended", "operator")).toEqual(["running"]);
  expect(offered("submitted", "operator")).toEqual([]);
});

test("a record is changed while nothing drives under it, and never once it is over", () => {
  expect((["draft", "submitted", "approved", "running", "suspended", "ended"] as const).filter(editable)).toEqual(["draft", "submitted", "approved", "suspended"]);
});

test("polygons stand upright on the page", () => {
  expect(outline([[[0, 0], [4, 0], [4, 3]]], 10)).toBe("M0,10L4,10L4,7Z");
  expect(outline([], 10)).toBe("");
});
