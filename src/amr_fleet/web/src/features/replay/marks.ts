import type { AlarmSeverity, Intervention, JournalEvent, MomentComment, TimeMarks } from "./api";

/** What stands on the time line, and what of it the filters leave. Times in fleet seconds. */

export interface Filter {
  /** "" = all. */
  robot: string;
  severity: AlarmSeverity | "";
}

export type Mark = { t: number; kind: AlarmSeverity; alarm: Intervention } | { t: number; kind: "comment"; comment: MomentComment };

/** Marks that stand too near one another to be pressed one by one; at: where, 0..1 of the line. */
export interface Group {
  at: number;
  kind: Mark["kind"];
  marks: Mark[];
}

const WORST = ["critical", "warning", "comment"] as const;

/** The marks that a filter leaves, oldest first. A comment on no one robot is on all of them. */
export function marksOf({ alarms, comments }: TimeMarks, { robot, severity }: Filter): Mark[] {
  const wanted = alarms.filter((one) => (robot === "" || one.robot === robot) && (severity === "" || one.severity === severity));
  const said = comments.filter((one) => robot === "" || one.robot === "" || one.robot === robot);
  return [
    ...wanted.map((alarm): Mark => ({ t: alarm.raised, kind: alarm.severity, alarm })),
    ...said.map((comment): Mark => ({ t: comment.t, kind: "comment", comment })),
  ].sort((a, b) => a.t - b.t);
}

/** The marks in groups that begin at least `gap` (0..1 of the line) from one another. */
export function grouped(marks: readonly Mark[], begin: number, end: number, gap: number): Group[] {
  const groups: Group[] = [];
  for (const mark of marks) {
    const at = (mark.t - begin) / Math.max(1, end - begin);
    if (at < 0 || at > 1) continue;
    const last = groups.at(-1);
    if (last === undefined || at - last.at >= gap) groups.push({ at, kind: mark.kind, marks: [mark] });
    else {
      last.marks.push(mark);
      last.kind = WORST.find((kind) => kind === last.kind || kind === mark.kind) ?? mark.kind;
    }
  }
  return groups;
}

/** The mark that follows a moment or comes before it, undefined where there is none. */
export function beside(marks: readonly Mark[], now: number, way: 1 | -1): Mark | undefined {
  return way > 0 ? marks.find((mark) => mark.t > now) : marks.findLast((mark) => mark.t < now);
}

/** Whether an entry of the journal is of a robot and, where it is about alarms, one of them of the wanted severity. */
export function isShown(e: JournalEvent, { robot, severity }: Filter, alarms: readonly Intervention[]): boolean {
  if (robot !== "" && e.robot !== robot) return false;
  if (severity === "" || !e.kind.startsWith("alarm_")) return true;
  const ids = String(e.facts.alarm ?? e.facts.alarms ?? "").split(" "); // alarm_escalated has several
  return ids.some((id) => (alarms.find((one) => one.alarm_id === id)?.severity ?? severity) === severity);
}
