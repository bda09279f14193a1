import { create } from "zustand";

import type { Fact, Facts, Site } from "../api/types";
import { vi } from "./catalogue";
import { codesVi } from "./codes_vi";

export type Lang = "vi" | "en";
export type Key = keyof typeof vi;
type Code = keyof typeof codesVi;

const TEXTS: Record<Lang, Record<Key, string>> = { vi, en: vi };
const CODES: Record<Lang, Record<Code, string>> = { vi: codesVi, en: codesVi };
const STORED = "amr.lang";

/** Fetch the texts of a language; English ones are not in what the first page loads. Without a network they stay Vietnamese. */
export async function loadCodes(lang: Lang): Promise<void> {
  if (lang === "vi" || CODES.en !== CODES.vi) return;
  try {
    const english = await import("./english");
    CODES.en = english.codesEn;
    TEXTS.en = english.en;
  } catch {
    // The page stays Vietnamese; the next switch tries again.
  }
}

interface LangState {
  lang: Lang;
  setLang: (lang: Lang) => void;
}

export const useLang = create<LangState>((set) => ({
  lang: stored(),
  setLang: (lang) => {
    try {
      localStorage.setItem(STORED, lang);
    } catch {
      // A browser without storage forgets the language; nothing else is lost.
    }
    void loadCodes(lang).then(() => {
      document.documentElement.lang = lang;
      set({ lang });
    });
  },
}));

function stored(): Lang {
  try {
    return localStorage.getItem(STORED) === "en" ? "en" : "vi";
  } catch {
    return "vi";
  }
}

/** Whether the catalogue has this text; for keys made of codes that the server sends. */
export function isKey(key: string): key is Key {
  return Object.hasOwn(vi, key);
}

/** A text with facts in its braces. */
export function fill(text: string, facts: Facts): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => show(facts[name]));
}

function show(fact: Fact | undefined): string {
  return fact === undefined || fact === null || fact === "" ? "?" : String(fact);
}

/** Where places have names: a site, or what a worker's phone knows of one. */
export interface Named {
  places: readonly Pick<Site["places"][number], "id" | "name_vi" | "name_en">[];
}

export interface Texts {
  lang: Lang;
  t: (key: Key, facts?: Facts) => string;
  /** The sentence of an error or waiting code; places and robots in the facts get their names. */
  code: (code: string, facts: Facts, site?: Named) => string;
  place: (id: string, site?: Named) => string;
  age: (seconds: number) => string;
  num: (value: number | null | undefined, digits?: number) => string;
  /** What stands between whole and decimal digits. */
  decimal: "," | ".";
  /** For a NumberInput of large numbers: what groups thousands in one language stands before decimals in the other, so only one does. */
  grouped: { decimalSeparator: string; thousandSeparator: string; allowedDecimalSeparators: string[] };
}

export function useTexts(): Texts {
  return textsFor(useLang((s) => s.lang));
}

/** What a conveyor's load sensor says, where that is why nobody goes there. */
const BELTS: Record<string, "client.belt_load" | "client.belt_empty" | "client.belt_sensor" | "client.belt_held" | "client.belt_not_given" | "client.belt_not_taken" | undefined> = {
  LOAD: "client.belt_load", LOAD_STAYS: "client.belt_load", NO_LOAD: "client.belt_empty", NO_LOAD_STAYS: "client.belt_empty",
  NO_SENSOR: "client.belt_sensor", HELD: "client.belt_held", NOT_GIVEN: "client.belt_not_given", NOT_TAKEN: "client.belt_not_taken",
};

export function textsFor(lang: Lang): Texts {
  const locale = lang === "vi" ? "vi-VN" : "en-GB";
  const texts: Texts = {
    lang,
    t: (key, facts = {}) => fill(TEXTS[lang][key], facts),
    code: (code, facts, site) => {
      if (code === "wait.traffic" && !facts.robot) return CODES[lang]["client.wait_way"];
      if (code === "wait.wanted_robot" && facts.out) return fill(CODES[lang]["client.wanted_out"], named(code, facts, site, texts));
      const owned = owner(code, facts);
      if (owned !== undefined) {
        const at: Facts = typeof facts.at === "number" ? { at: sinceWhen(facts.at) } : {};
        return fill(CODES[lang][owned], { ...named(code, facts, site, texts), ...at }) + (facts.why ? `: ${facts.why}` : "");
      }
      const elsewhere = (code === "robot.lost" || code === "alarm.not_localized") && facts.x !== undefined;
      if (elsewhere) return fill(CODES[lang]["client.elsewhere"], named(code, facts, site, texts));
      if (code === "alarm.cmd_vel" && facts.programs) return fill(CODES[lang]["client.cmd_vel_by"], named(code, facts, site, texts));
      const belt = code === "wait.conveyor" || code === "alarm.conveyor" ? BELTS[String(facts.state)] : undefined;
      if (belt !== undefined) return fill(CODES[lang][belt], named(code, facts, site, texts));
      const known = code in CODES[lang];
      if (!known) return fill(CODES[lang]["client.unknown"], { code });
      return fill(CODES[lang][code as Code], named(code, facts, site, texts));
    },
    place: (id, site) => {
      const place = site?.places.find((p) => p.id === id);
      return place === undefined ? id : lang === "vi" ? place.name_vi : place.name_en;
    },
    age: (seconds) => age(seconds, lang),
    decimal: lang === "vi" ? "," : ".",
    grouped: lang === "vi" ? separators(",", ".") : separators(".", ","),
    num: (value, digits = 0) =>
      value === null || value === undefined
        ? "–"
        : value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  };
  return texts;
}

function separators(decimal: string, thousand: string): Texts["grouped"] {
  return { decimalSeparator: decimal, thousandSeparator: thousand, allowedDecimalSeparators: [decimal] };
}

/** Texts that come with a page and not with the first load, in the chosen language. */
export function usePageTexts<K extends string>(own: Record<Lang, Record<K, string>>): (key: K, facts?: Facts) => string {
  const lang = useLang((s) => s.lang);
  return (key, facts = {}) => fill(own[lang][key], facts);
}

/** A reason in the catalogue's words; the server's own are English and for its log. */
function reason(code: string, text: string, { t }: Texts): string {
  if (isKey(`reason.${text}`)) return t(`reason.${text}` as Key);
  return t(/^(request|order|zone|import|report|user)\./.test(code) ? "reason.value" : "reason.other");
}

/** A field's name in the catalogue's words, else in those of the form of an order; where may be a path such as rows.3.priority. */
export function fieldName(where: string, { t }: Texts): string {
  const name = where.split(".").pop() ?? "";
  const key = [`field.${name}`, `field.${name.replace(/_in_s$/, "")}`, `new.${name}`].find(isKey);
  return key === undefined ? where : t(key);
}

function named(code: string, facts: Facts, site: Named | undefined, texts: Texts): Facts {
  const out: Facts = { ...facts };
  if (code === "wait.zone") out.zone = shutZone(facts, texts.lang);
  if (typeof facts.place === "string") out.place = texts.place(facts.place, site);
  if (typeof facts.reason === "string") out.reason = reason(code, facts.reason, texts);
  if (typeof facts.where === "string") out.where = fieldName(facts.where, texts);
  if (typeof facts.at === "number") out.at = clock(facts.at).slice(0, -3);
  if (typeof facts.robot === "string") out.robot = robotLabel(facts.robot);
  // A robot's own camera is called by the robot; a fixed one has a name of its own.
  if (typeof facts.camera === "string" && facts.camera === facts.robot) out.camera = robotLabel(facts.camera);
  if (typeof facts.robot === "string" && facts.camera === `${facts.robot}:depth`) out.camera = texts.t("camera.depth_of", { robot: robotLabel(facts.robot) });
  if (typeof facts.state === "string" && `order.state.${facts.state}` in vi) {
    out.state = texts.t(`order.state.${facts.state}` as Key);
  }
  if (typeof facts.kind === "string" && isKey(`stop.${facts.kind}`)) out.kind = texts.t(`stop.${facts.kind}` as Key);
  if (typeof facts.role === "string" && `role.${facts.role}` in vi) out.role = texts.t(`role.${facts.role}` as Key);
  return out;
}

/** Who paused a robot or holds an order, since when; journals of before say only whose it is. */
function owner(code: string, facts: Facts): "client.paused_at" | "client.paused_by" | "client.held_at" | "client.unload" | "wait.unload" | "robot.held_by" | "order.held_by" | undefined {
  if (code === "wait.unload" && !facts.user) return "client.unload";
  if (code === "wait.unload" || code === "robot.held_by" || code === "order.held_by") return code;
  if (code === "wait.held" && facts.user) return "client.held_at";
  if (code !== "wait.paused" || !facts.user) return undefined;
  return typeof facts.at === "number" ? "client.paused_at" : "client.paused_by";
}

/** A closed zone as whoever closed it calls it: its lanes, its camera, else its number; how it is shut, and why. */
function shutZone(facts: Facts, lang: Lang): string {
  const codes = CODES[lang];
  const what = codes[facts.camera ? "client.zone_camera" : facts.lanes ? "client.zone_lanes" : "client.zone_area"];
  const how = codes[facts.shut === "closed" ? "client.zone_closed" : facts.shut === "hold" ? "client.zone_hold" : "client.zone_shut"];
  return `${fill(what, facts)} ${how}${facts.why ? ` (${facts.why})` : ""}`;
}

export function robotLabel(name: string): string {
  return name.toUpperCase().replaceAll("_", "-");
}

function age(seconds: number, lang: Lang): string {
  const s = Math.max(0, Math.round(seconds));
  const unit = lang === "vi" ? { s: "giây", m: "phút", h: "giờ" } : { s: "s", m: "min", h: "h" };
  if (s < 60) return `${s} ${unit.s}`;
  if (s < 3600) return `${Math.floor(s / 60)} ${unit.m}`;
  const minutes = Math.floor((s % 3600) / 60);
  return minutes === 0 ? `${Math.floor(s / 3600)} ${unit.h}` : `${Math.floor(s / 3600)} ${unit.h} ${minutes} ${unit.m}`;
}

const HALF_DAY_S = 43_200;

/** HH:MM since which something holds; of more than half a day ago with its day (28/11 02:40), else last night's and that of the night before read alike. */
export function sinceWhen(t: number, now = Date.now() / 1000): string {
  const time = clock(t).slice(0, 5);
  if (t < 1e9 || now - t <= HALF_DAY_S) return time;
  const date = new Date(t * 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(date.getDate())}/${two(date.getMonth() + 1)} ${time}`;
}

/** HH:MM:SS, the time of day: of Unix seconds, or of a simulation, whose clock begins at midnight. */
export function clock(t: number): string {
  if (t > 1e9) return new Date(t * 1000).toLocaleTimeString("vi-VN", { hour12: false });
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  return `${two((t / 3600) % 24)}:${two((t / 60) % 60)}:${two(t % 60)}`;
}
