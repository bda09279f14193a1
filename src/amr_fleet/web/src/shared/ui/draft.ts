const STORED = "amr.draft.";

/** What somebody has typed and not sent: it outlives its form and a reload, in this tab; null when there is nothing. */
export function keptDraft<T>(name: string): Partial<T> | null {
  try {
    return JSON.parse(sessionStorage.getItem(STORED + name) ?? "null") as Partial<T> | null;
  } catch {
    return null;
  }
}

export function keepDraft(name: string, draft: object | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(STORED + name);
    else sessionStorage.setItem(STORED + name, JSON.stringify(draft));
  } catch {
    // A browser without storage has it as long as the form is open.
  }
}
