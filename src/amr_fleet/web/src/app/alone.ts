import { asApiError, isPassing } from "../shared/api/request";
import type { Me } from "../shared/api/types";
import { rememberedWorker } from "../shared/session/worker";

/**
 * A worker has the one page, also when it is opened where there is no network, or where the server cannot say who it is
 * just now: what is done there is sent later.
 * alone: that page is shown; a session that ended meanwhile does not take away what is being written on it.
 */
export function isWorkers(me: Me | undefined, error: Error | null, failed: boolean, alone: boolean): boolean {
  if (me !== undefined) return me.role === "worker" && !me.must_change && !me.must_enrol;
  if (rememberedWorker() === null) return false;
  // While it is asked again there is no error; the page stays all the same.
  return (failed && (error === null || isPassing(asApiError(error)))) || (alone && isOut(error));
}

export const isOut = (error: Error | null): boolean => error !== null && asApiError(error).status === 401;
