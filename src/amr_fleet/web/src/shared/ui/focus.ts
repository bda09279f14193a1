import { create } from "zustand";

import type { XY } from "../api/types";

/** What the operator has chosen on the live page; other pages send people there. */

export type Tab = "robots" | "orders" | "new" | "zones";

interface FocusState {
  tab: Tab;
  selected: string | null;
  details: string | null;
  /** Counts up when the map should move to the selected robot, or to the spot when none is selected. */
  centre: number;
  spot: XY | null;
  setTab: (tab: Tab) => void;
  select: (robot: string | null, centre?: boolean) => void;
  lookAt: (spot: XY) => void;
  showDetails: (robot: string | null) => void;
}

export const useFocus = create<FocusState>((set) => ({
  tab: "robots",
  selected: null,
  details: null,
  centre: 0,
  spot: null,
  setTab: (tab) => set({ tab }),
  select: (selected, centre = false) => set((s) => ({ selected, centre: centre ? s.centre + 1 : s.centre })),
  lookAt: (spot) => set((s) => ({ selected: null, spot, centre: s.centre + 1 })),
  showDetails: (details) => set({ details }),
}));
