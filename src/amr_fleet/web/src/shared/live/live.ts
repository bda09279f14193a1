import { create } from "zustand";

import { api, asApiError } from "../api/request";
import type { Snapshot } from "../api/types";

/** The live link: newest snapshot, the one before it for interpolation, and how the connection is. */

const PANEL_MS = 450; // the lists repaint about twice a second, the map at each frame
const STALE_MS = 3000;
const CLOSE_AUTH = 4401;
const LONGEST_WAIT_MS = 8000;
const CAN_UNPACK = typeof DecompressionStream !== "undefined";

export type Connection = "connecting" | "open" | "lost";

interface LiveState {
  connection: Connection;
  /** For the lists and counters. */
  panel: Snapshot | null;
  receivedAt: number;
}

export const useLive = create<LiveState>(() => ({ connection: "connecting", panel: null, receivedAt: 0 }));

/** What a map shows: the newest picture and the one before it. The map's animation loop reads it without React. */
export interface Frames {
  last: Snapshot | null;
  previous: Snapshot | null;
  lastAt: number;
  previousAt: number;
}

export const frames: Frames = {
  last: null,
  previous: null,
  lastAt: 0,
  previousAt: 0,
};

let followers: readonly ((snapshot: Snapshot) => void)[] = [];
let behind = 0; // the timer that shows the lists what came too soon after their last picture, 0 = they are not behind

function take(snapshot: Snapshot): void {
  const now = performance.now();
  for (const follow of followers) follow(snapshot);
  frames.previous = frames.last;
  frames.previousAt = frames.lastAt;
  frames.last = snapshot;
  frames.lastAt = now;
  const { connection, receivedAt } = useLive.getState();
  const wait = PANEL_MS - (now - receivedAt);
  if (connection !== "open" || wait <= 0) {
    forgetTimer();
    useLive.setState({ connection: "open", panel: snapshot, receivedAt: now });
  } else if (behind === 0) {
    // A fleet that falls silent now must not leave the lists behind the map.
    behind = window.setTimeout(catchUp, wait);
  }
}

function catchUp(): void {
  behind = 0;
  useLive.setState({ panel: frames.last, receivedAt: performance.now() });
}

function forgetTimer(): void {
  window.clearTimeout(behind);
  behind = 0;
}

async function unpack(data: Blob | string): Promise<Snapshot> {
  if (typeof data === "string") return JSON.parse(data) as Snapshot;
  const plain = data.stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(plain).json()) as Snapshot;
}

/** Connect, and reconnect with growing pauses, until the returned function is called. `seeing` is told of each snapshot. */
export function startLive(onLoggedOut: () => void, seeing: readonly ((snapshot: Snapshot) => void)[] = []): () => void {
  followers = seeing;
  let socket: WebSocket | null = null;
  let timer = 0;
  let failures = 0;
  let stopped = false;

  let newest: Blob | string | null = null;
  let reading = false;
  // A page that is behind reads only the newest of what has come in the meantime.
  const read = async (): Promise<void> => {
    reading = true;
    while (newest !== null) {
      const data = newest;
      newest = null;
      try {
        const snapshot = await unpack(data);
        if (!stopped) take(snapshot);
      } catch {
        socket?.close(); // a damaged frame: begin anew
      }
    }
    reading = false;
  };

  // A browser tells of a refused handshake only that it failed: without its cookie a page would knock for ever.
  const askWhoIsHere = async (): Promise<void> => {
    try {
      await api.get("/api/v1/me");
    } catch (error) {
      if (!stopped && asApiError(error).status === 401) onLoggedOut();
    }
  };

  const open = (): void => {
    let heard = false;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live${CAN_UNPACK ? "?packed=1" : ""}`);
    socket.onmessage = (event: MessageEvent<Blob | string>) => {
      heard = true;
      failures = 0;
      newest = event.data;
      if (!reading) window.setTimeout(() => !reading && void read());
    };
    socket.onclose = (event) => {
      if (stopped) return;
      if (event.code === CLOSE_AUTH) {
        onLoggedOut();
        return;
      }
      if (!heard) void askWhoIsHere();
      useLive.setState({ connection: "lost" });
      const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures) * (0.75 + Math.random() / 2);
      failures += 1;
      timer = window.setTimeout(open, wait);
    };
  };
  // A link that is up but silent (a sleeping laptop, a dead access point) counts as lost.
  const watch = window.setInterval(() => {
    if (frames.last !== null && performance.now() - frames.lastAt > STALE_MS) {
      useLive.setState({ connection: "lost" });
      if (socket?.readyState === WebSocket.OPEN) socket.close();
    }
  }, 1000);

  open();
  return () => {
    stopped = true;
    window.clearInterval(watch);
    window.clearTimeout(timer);
    socket?.close();
  };
}

/** Forget what was seen: the next person begins with an empty page. */
export function forgetLive(): void {
  forgetTimer();
  frames.last = frames.previous = null;
  useLive.setState({ connection: "connecting", panel: null, receivedAt: 0 });
}
