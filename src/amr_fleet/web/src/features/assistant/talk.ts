import { create } from "zustand";

import type { Said } from "./api";

export interface Turn {
  id: number;
  asked: string;
  said: Said;
  /** When it was said, ms; 0 = before this page was loaded: its proposals no longer wait. */
  at: number;
}

interface TalkState {
  user: string;
  turns: Turn[];
  add: (turn: Turn) => void;
  /** Take over what the server knows of this shift, without what is here already; another person begins anew. */
  begin: (user: string, before: Turn[]) => void;
}

/** One conversation for the page and for the panel beside other pages. */
export const useTalk = create<TalkState>((set) => ({
  user: "",
  turns: [],
  add: (turn) => set((old) => ({ turns: [...old.turns, turn] })),
  begin: (user, before) =>
    set((old) => {
      const mine = old.user === user ? old.turns : [];
      const known = new Set(mine.map((turn) => turn.id));
      return { user, turns: [...before.filter((turn) => !known.has(turn.id)), ...mine].sort((a, b) => a.id - b.id) };
    }),
}));
