import { asApiError } from "./request";

const AGAIN_MS = 3000;
const PROXY_ALONE = 502; // and above: a proxy answers for a server that is away

/** When to ask again by itself: while the server is away, so that nothing waits for a press after it is back. */
export function askAgain(query: { state: { error: Error | null } }): number | false {
  const { error } = query.state;
  if (error === null) return false;
  const { status } = asApiError(error);
  return status === 0 || status >= PROXY_ALONE ? AGAIN_MS : false;
}
