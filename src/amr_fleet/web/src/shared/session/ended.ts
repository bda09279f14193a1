import { create } from "zustand";

/** Whether the server has ended this page's session while somebody worked on it; the page then waits behind a log-in. */
export const useEnded = create<{ ended: boolean }>(() => ({ ended: false }));

/** In the session's storage: what was renewed since the log-in (see `renew` of push messages). */
export const PUSH_RENEWED = "amr.push.renewed";

export function sessionEnded(): void {
  useEnded.setState({ ended: true });
}

export function sessionBack(): void {
  useEnded.setState({ ended: false });
}
