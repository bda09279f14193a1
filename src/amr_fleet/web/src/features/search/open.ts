import { create } from "zustand";

/** Whether the search panel is open; any part of the screen may open it. */
export const useSearch = create<{ open: boolean; setOpen: (open: boolean) => void }>((set) => ({ open: false, setOpen: (open) => set({ open }) }));
