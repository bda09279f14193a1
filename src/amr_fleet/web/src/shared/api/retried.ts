/** Waits between attempts: a server that restarts is back within a few seconds. */
const PAUSES_MS = [300, 1000, 2500];

/** Do something that the network may refuse, a few times; the last refusal is the caller's. */
export async function retried<T>(work: () => Promise<T>, pauses: readonly number[] = PAUSES_MS): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return work();
}
