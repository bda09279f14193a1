import { expect, it } from "vitest";

import type { Intervention, JournalEvent, MomentComment } from "./api";
import { beside, grouped, isShown, marksOf } from "./marks";

const alarm = (t: number, more: Partial<Intervention> = {}): Intervention => ({
  alarm_id: `A${t}`, code: "alarm.blocked", severity: "warning", robot: "amr_01", order_id: "", raised: t, acked_by: "", acked_at: 0, cleared: 0, ...more,
});
const comment = (t: number, robot = ""): MomentComment => ({ t, written: t + 100, robot, user: "lan", text: "x" });
const event = (more: Partial<JournalEvent>): JournalEvent => ({ t: 1, kind: "order_done", order_id: "T1", robot: "amr_01", facts: {}, ...more });
const ALL = { robot: "", severity: "" } as const;
const found = {
  alarms: [alarm(10), alarm(30, { severity: "critical", robot: "amr_02" }), alarm(50, { robot: "" })],
  comments: [comment(20), comment(5, "amr_02")],
  left_out: 0,
};
const times = (filter: Parameters<typeof marksOf>[1]): number[] => marksOf(found, filter).map((mark) => mark.t);

it("puts alarms and comments in the order of their moments", () => {
  expect(times(ALL)).toEqual([5, 10, 20, 30, 50]);
  expect(marksOf(found, ALL).map((mark) => mark.kind)).toEqual(["comment", "warning", "comment", "critical", "warning"]);
});

it("leaves what is of a robot, comments on all robots, and alarms of a severity", () => {
  expect(times({ robot: "amr_02", severity: "" })).toEqual([5, 20, 30]);
  expect(times({ robot: "", severity: "critical" })).toEqual([5, 20, 30]);
  expect(times({ robot: "amr_01", severity: "critical" })).toEqual([20]);
});

it("groups what stands too near, under its worst, at the first of it", () => {
  const marks = marksOf({ ...found, alarms: [alarm(1), alarm(2, { severity: "critical" }), alarm(99), alarm(100)], comments: [comment(1.5)] }, ALL);
  const groups = grouped(marks, 0, 100, 0.1);
  expect(groups.map(({ at, kind, marks: some }) => [at, kind, some.length])).toEqual([
    [0.01, "critical", 3],
    [0.99, "warning", 2],
  ]);
});

it("parts no two marks that stand near one another, wherever they stand", () => {
  const marks = marksOf({ ...found, alarms: [alarm(9), alarm(11), alarm(19.5), alarm(30)], comments: [] }, ALL);
  expect(grouped(marks, 0, 100, 0.1).map((group) => group.marks.map((mark) => mark.t))).toEqual([[9, 11], [19.5], [30]]);
});

it("draws nothing beside the line, and everything in one group on a line without length", () => {
  expect(grouped(marksOf(found, ALL), 11, 40, 0.2).map(({ marks }) => marks.map((mark) => mark.t))).toEqual([[20], [30]]);
  expect(grouped(marksOf({ ...found, alarms: [alarm(7)], comments: [] }, ALL), 7, 7, 1)).toHaveLength(1);
  expect(grouped(marksOf({ ...found, comments: [] }, ALL), 0, 100, 1)).toHaveLength(1);
});

it("goes to the mark after and before, and from a mark to another one", () => {
  const marks = marksOf(found, ALL);
  expect([beside(marks, 12, 1)?.t, beside(marks, 12, -1)?.t]).toEqual([20, 10]);
  expect([beside(marks, 20, 1)?.t, beside(marks, 20, -1)?.t]).toEqual([30, 10]);
  expect([beside(marks, 50, 1), beside(marks, 5, -1)]).toEqual([undefined, undefined]);
});

it("shows of the journal what is of the robot, and alarms of the severity only", () => {
  const critical = { robot: "", severity: "critical" } as const;
  expect(isShown(event({}), { robot: "amr_02", severity: "" }, [])).toBe(false);
  expect(isShown(event({}), critical, found.alarms)).toBe(true);
  expect(isShown(event({ kind: "alarm_cleared", facts: { alarm: "A10" } }), critical, found.alarms)).toBe(false);
  expect(isShown(event({ kind: "alarm_raised", facts: { alarm: "A30" } }), critical, found.alarms)).toBe(true);
  expect(isShown(event({ kind: "alarm_cleared", facts: { alarm: "before the recording" } }), critical, found.alarms)).toBe(true);
});

it("shows what was told outside of alarms of which one is of the severity", () => {
  const told = (alarms: string, severity: "critical" | "warning") => isShown(event({ kind: "alarm_escalated", facts: { alarms } }), { robot: "", severity }, found.alarms);
  expect([told("A10", "critical"), told("A30", "critical"), told("A10 A30", "critical"), told("A10 A50", "critical")]).toEqual([false, true, true, false]);
  expect([told("A30", "warning"), told("A30 A10", "warning"), told("A30 before", "warning"), told("", "critical")]).toEqual([false, true, true, true]);
});
