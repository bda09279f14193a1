import { expect, test } from "vitest";

import { outcome } from "./outcome";

test("what came of a log-in is one of the things that we can say", () => {
  expect(outcome("")).toBeNull();
  expect(outcome("?a=1")).toBeNull();
  expect(outcome("?oidc=code")).toBe("code");
  expect(outcome("?oidc=oidc.no_role")).toBe("at.no_role");
  expect(outcome("?oidc=oidc.removed")).toBe("at.removed");
  expect(outcome("?oidc=oidc.provider")).toBe("at.away");
  for (const strange of ["", "x", "constructor", "__proto__", "%3Cscript%3E"]) expect(outcome(`?oidc=${strange}`)).toBe("at.refused");
});
