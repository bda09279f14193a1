const STORED = "amr.work.";

/** What this phone remembers of the page: the place, the last list. */
export function remembered<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(STORED + name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(STORED + name, JSON.stringify(value));
  } catch {
    // A browser without storage asks again.
  }
}
