import type { XY } from "../../shared/api/types";
import { criteriaOf, type Criterion, criterionRows, type Goal, goalRows, goalsOf } from "./aim_rows";
import type { Json } from "./api";
import type { Shapes } from "./sketch";

/** What the page asks for; all else of a record comes from its file. Days as YYYY-MM-DD at the site; goals, criteria: null = stay as they are. */
export interface Fields {
  trial_id: string;
  title: string;
  begin: string;
  end: string;
  speed: number;
  most: number;
  load: number;
  serials: string[];
  goals: Goal[] | null;
  criteria: Criterion[] | null;
}

const ZONE = "+07:00";
const DAY_MS = 86_400_000;

/** What stands in the form: of the record, or of a new one for a site. */
export function fieldsOf(record: Json | null, robots: readonly string[], now: number): Fields {
  if (record === null) {
    return { trial_id: "", title: "", begin: siteDay(now), end: siteDay(now + 90 * DAY_MS), speed: 1, most: Math.max(1, robots.length), load: 1400, serials: [...robots], goals: [], criteria: [] };
  }
  const title = of(record["title"]);
  const envelope = of(record["envelope"]);
  return {
    trial_id: text(record["trial_id"]),
    title: text(title["vi"]),
    begin: text(envelope["begin"]).slice(0, 10),
    end: text(envelope["end"]).slice(0, 10),
    speed: number(of(envelope["max_speed"])["all"], 1),
    most: number(envelope["max_robots_moving"], 1),
    load: number(envelope["max_load_kg"], 1),
    serials: Array.isArray(envelope["serials"]) ? envelope["serials"].map(text) : [],
    goals: goalsOf(record["goals"]),
    criteria: criteriaOf(record["criteria"]),
  };
}

/** The record with what was drawn and typed; what the form does not show stays as it was. */
export function recordWith(record: Json | null, fields: Fields, shapes: Shapes): Json {
  const old = record ?? {};
  const envelope = of(old["envelope"]);
  return {
    ...old,
    trial_id: fields.trial_id.trim(),
    title: { ...of(old["title"]), vi: fields.title.trim() },
    ...(fields.goals === null ? {} : { goals: goalRows(fields.goals) }),
    ...(fields.criteria === null ? {} : { criteria: criterionRows(fields.criteria) }),
    envelope: {
      ...envelope,
      areas: shapes.areas,
      forbidden: shapes.forbidden,
      begin: kept(envelope["begin"], fields.begin, "00:00:00"),
      end: kept(envelope["end"], fields.end, "23:59:59"),
      max_speed: { ...of(envelope["max_speed"]), all: fields.speed },
      max_robots_moving: fields.most,
      max_load_kg: fields.load,
      serials: fields.serials,
    },
  };
}

/** The time of a record while its day is the same one; else that time of the day at the site. */
function kept(before: unknown, day: string, time: string): string {
  const was = text(before);
  return was.slice(0, 10) === day && was.length > 10 ? was : `${day}T${time}${ZONE}`;
}

function siteDay(at: number): string {
  return new Date(at + 7 * 3_600_000).toISOString().slice(0, 10);
}

const of = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown, otherwise: number): number => (typeof value === "number" && Number.isFinite(value) ? value : otherwise);

/** The polygons of a record; null where one of them cannot be drawn: left out, it would be lost when the record is saved. */
export function shapesOf(record: Json | null): Shapes | null {
  const envelope = record?.["envelope"] ?? {};
  if (typeof envelope !== "object" || Array.isArray(envelope)) return null;
  const { areas = [], forbidden = [] } = envelope as Json;
  return isPolygons(areas) && isPolygons(forbidden) ? { areas, forbidden } : null;
}

function isPolygons(value: unknown): value is XY[][] {
  return Array.isArray(value) && value.every(isPolygon);
}

function isPolygon(value: unknown): value is XY[] {
  return Array.isArray(value) && value.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite));
}
