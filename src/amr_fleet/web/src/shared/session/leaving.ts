import { api, asApiError, isPassing } from "../api/request";

const STORED = "amr.leaving";
let leaving = false;

/** Log out; without a network it is noted, and the first thing that the server hears of this device. */
export function leave(): Promise<void> {
  leaving = true;
  try {
    localStorage.setItem(STORED, "1");
  } catch {
    // A browser without storage knows it as long as the page is open.
  }
  return leaveFirst();
}

/** End the session that somebody has left already; raises where the server cannot be asked to: nobody goes on with it. */
export async function leaveFirst(): Promise<void> {
  if (!isLeaving()) return;
  try {
    await api.post("/api/v1/logout");
  } catch (failure) {
    // Any other refusal is our server's: there is no session any more.
    if (isPassing(asApiError(failure))) throw failure;
  }
  leaving = false;
  try {
    localStorage.removeItem(STORED);
  } catch {
    // It was not written either.
  }
}

function isLeaving(): boolean {
  try {
    return leaving || localStorage.getItem(STORED) !== null;
  } catch {
    return leaving;
  }
}
