import { asApiError } from "../../shared/api/request";

const AGAIN_MS = 2_000;
const TIMES = 15;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/**
 * Ask, and ask again by itself while the server is busy (503): right after its start it still loads the grammar.
 * Nothing was done by a question that got a 503. waits: called before each further try, with the server's code.
 */
export async function patiently<T>(ask: () => Promise<T>, waits: (code: string) => void, wait: (ms: number) => Promise<void> = pause): Promise<T> {
  for (let left = TIMES; ; left -= 1) {
    try {
      return await ask();
    } catch (failure) {
      const { status, code } = asApiError(failure);
      if (status !== 503 || left <= 1) throw failure;
      waits(code);
      await wait(AGAIN_MS);
    }
  }
}
