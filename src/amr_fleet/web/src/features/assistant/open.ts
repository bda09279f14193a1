import { create } from "zustand";

interface PanelState {
  open: boolean;
  /** A question to be asked once the panel is there; a person has pressed for it. */
  first: string;
  setOpen: (open: boolean) => void;
  ask: (question: string) => void;
  taken: () => void;
}

/** The assistant's panel beside every page; any part of the screen may open it. */
export const useAssistant = create<PanelState>((set) => ({
  open: false,
  first: "",
  setOpen: (open) => set({ open }),
  ask: (question) => set({ open: true, first: question }),
  taken: () => set({ first: "" }),
}));
