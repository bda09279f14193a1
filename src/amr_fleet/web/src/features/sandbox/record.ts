/** What the page reads of a record; docs/sandbox.md has all of it. */
export interface TrialRecord {
  title: { vi: string; en: string };
  permit: { number: string; issuer: string; date: string };
  goals: { vi: string; en: string }[];
  authority: { organisation: string; contact: string; accounts: string[] };
  criteria: { id: string; text: { vi: string; en: string }; operator: string; target: number }[];
  control: { duties: { id: string; text: { vi: string; en: string }; due: string }[] };
  risk_register: { id: string; text: { vi: string; en: string }; measure: string; owner: string }[];
  envelope: {
    areas: [number, number][][];
    forbidden: [number, number][][];
    begin: string;
    end: string;
    windows: { days: string[]; begin: string; end: string }[];
    max_speed: { all: number };
    max_robots_moving: number;
    max_load_kg: number;
    serials: string[];
    cameras: string[];
  };
}

export interface Incident {
  id: string;
  kind: string;
  severity: string;
  what: string;
  t_occurred: number;
  closed: boolean;
}
