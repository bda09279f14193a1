const STORED = "amr.worker";

/** Who worked on this phone last, for when it is opened without a network; the server decides all the same. */
export function rememberedWorker(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export function rememberWorker(user: string | null): void {
  try {
    if (user === null) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, user);
  } catch {
    // A browser without storage opens the page only with a network.
  }
}
