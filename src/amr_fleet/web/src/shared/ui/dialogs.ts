import type { ReactNode } from "react";
import { create } from "zustand";

/** Questions that need one answer, and short notes. */

export interface Question {
  title: string;
  body: string;
  /** What it would do, worked out while the question stands. */
  detail?: ReactNode;
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

interface DialogState {
  question: Question | null;
  notes: Note[];
  dismiss: (id: number) => void;
}

export const useDialogs = create<DialogState>((set) => ({
  question: null,
  notes: [],
  dismiss: (id) => set((s) => ({ notes: s.notes.filter((n) => n.id !== id) })),
}));

/** Ask once; resolves to the answer. */
export function ask(question: Omit<Question, "answer">): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean): void => {
      useDialogs.setState({ question: null });
      resolve(yes);
    };
    useDialogs.setState({ question: { ...question, answer } });
  });
}

let noteId = 0;

/** Show a short note; a bad one stays longer. */
export function note(text: string, bad = false): void {
  noteId += 1;
  const id = noteId;
  useDialogs.setState((s) => ({ notes: [...s.notes.slice(-3), { id, text, bad }] }));
  window.setTimeout(() => useDialogs.getState().dismiss(id), bad ? 12_000 : 4_000);
}
