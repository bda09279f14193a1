import { create } from "zustand";

const STORED = "amr.letters";

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

/** Whether single letters are shortcuts on this computer, and whether their sheet is open. */
export const useLetters = create<{ on: boolean; sheet: boolean }>(() => ({ on: stored(), sheet: false }));

export function setLetters(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? "on" : "off");
  } catch {
    // Not remembered then.
  }
  useLetters.setState({ on });
}
