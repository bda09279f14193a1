import { expect, it } from "vitest";

import type { WorkOrder } from "./api";
import { isOverdue, secondsOf, stillOpen, urgency } from "./judge";

const DAY = 86_400;
const NOW = 100 * DAY;

const work = (change: Partial<WorkOrder> = {}): WorkOrder => ({
  work_id: "M000001", robot: "amr_01", text: "Thay bánh", rule: "", counter: "", amount: 0, safety: false, opened: 0, opened_by: "lan", due: 0, owner: "",
  closed: 0, closed_by: "", outcome: "", note: "", ...change,
});

it.each([
  [{}, "normal"],
  [{ due: NOW + 3600 }, "normal"],
  [{ due: NOW - 1 }, "amber"],
  [{ safety: true }, "normal"],
  [{ safety: true, due: NOW + 2 * DAY }, "normal"],
  [{ safety: true, due: NOW + 3600 }, "amber"],
  [{ safety: true, due: NOW - 1 }, "red"],
  [{ safety: true, due: NOW - 1, outcome: "done" }, "normal"],
] as const)("%o is %s", (change, level) => expect(urgency(work(change), NOW)).toBe(level));

it("puts what may hurt somebody first, then what is overdue, then by due time, and leaves out what is closed", () => {
  const all = [
    work({ work_id: "never" }),
    work({ work_id: "late", due: NOW - DAY }),
    work({ work_id: "closed", due: NOW - DAY, outcome: "dropped" }),
    work({ work_id: "soon", due: NOW + DAY }),
    work({ work_id: "danger", due: NOW - 1, safety: true }),
  ];
  expect(stillOpen(all, NOW).map((one) => one.work_id)).toEqual(["danger", "late", "soon", "never"]);
  expect(isOverdue(work(), NOW)).toBe(false);
});

it("takes an empty number of days for no due time", () => expect([secondsOf(0), secondsOf(1.5)]).toEqual([0, 129_600]));
