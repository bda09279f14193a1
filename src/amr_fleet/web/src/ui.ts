import { create } from "zustand";

import type { XY } from "./types";

/** What the operator has chosen on the screen, questions that need one answer, and short notes. */

export type Tab = "robots" | "orders" | "new" | "zones";

export interface Question {
  title: string;
  body: string;
  /** What may go wrong for people or goods; the answer then is a red button. */
  warning?: string;
  confirm: string;
  answer: (yes: boolean) => void;
}

export interface Note {
  id: number;
  text: string;
  bad: boolean;
}

interface UiState {
  tab: Tab;
  selected: string | null;
  details: string | null;
  /** Counts up when the map should move to the selected robot, or to the spot when none is selected. */
  centre: number;
  spot: XY | null;
  question: Question | null;
  notes: Note[];
  setTab: (tab: Tab) => void;
  select: (robot: string | null, centre?: boolean) => void;
  lookAt: (spot: XY) => void;
  showDetails: (robot: string | null) => void;
  dismiss: (id: number) => void;
}

export const useUi = create<UiState>((set) => ({
  tab: "robots",
  selected: null,
  details: null,
  centre: 0,
  spot: null,
  question: null,
  notes: [],
  setTab: (tab) => set({ tab }),
  select: (selected, centre = false) => set((s) => ({ selected, centre: centre ? s.centre + 1 : s.centre })),
  lookAt: (spot) => set((s) => ({ selected: null, spot, centre: s.centre + 1 })),
  showDetails: (details) => set({ details }),
  dismiss: (id) => set((s) => ({ notes: s.notes.filter((n) => n.id !== id) })),
}));

/** Ask once; resolves to the answer. */
export function ask(question: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean): void => {
      useUi.setState({ question: null });
      resolve(yes);
    };
    useUi.setState({ question: { ...question, answer } });
  });
}

let noteId = 0;

/** Show a short note; a bad one stays longer. */
export function note(text: string, bad = false): void {
  noteId += 1;
  const id = noteId;
  useUi.setState((s) => ({ notes: [...s.notes.slice(-3), { id, text, bad }] }));
  window.setTimeout(() => useUi.getState().dismiss(id), bad ? 12_000 : 4_000);
}
