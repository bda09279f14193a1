import { create } from "zustand";

import type { XY } from "../types";

/** Drawing a zone on the map: active while the map takes the corners; area is the rectangle drawn last. */
interface DrawingState {
  active: boolean;
  area: XY[] | null;
  start: () => void;
  finish: (area: XY[] | null) => void;
  clear: () => void;
}

export const useDrawing = create<DrawingState>((set) => ({
  active: false,
  area: null,
  start: () => set({ active: true, area: null }),
  finish: (area) => set({ active: false, area }),
  clear: () => set({ active: false, area: null }),
}));
