import { create } from "zustand";

import { newKey } from "../../shared/api/key";
import { asApiError, isPassing } from "../../shared/api/request";
import type { Facts, Me } from "../../shared/api/types";
import { sessionEnded } from "../../shared/session/ended";
import { type CallBody, type SayBody, workApi } from "./api";
import { inMemory, openKept } from "./kept";

/**
 * What a worker pressed and the server has not confirmed. It is written down in the phone first and sent then, oldest first,
 * under the same Idempotency-Key each time: what arrived although its answer was lost is not done twice.
 */
export interface Item {
  /** Idempotency-Key. */
  key: string;
  /** Only this person's session sends it. */
  user: string;
  /** Unix seconds to a tenth, by which the list is in order. */
  at: number;
  /** Which of those of the same tenth of a second came first. */
  nth?: number;
  say?: SayBody;
  /** Number of the load that say is about: what the person knows it by. */
  load?: string;
  call?: CallBody;
  /** JPEGs in base64 that were not sent yet, in order, after those that say.photos names. */
  photos: string[];
  /** Why the server does not take it; it then waits for the person and is not sent again. */
  refused?: Why;
  /** Why a picture of it was left out: a word does not wait for its pictures. */
  without?: Why;
  /** It was sent; only what became of its pictures is still to be read. */
  sent?: boolean;
  /** Unix milliseconds of this phone until which it can be taken back, a press that was none; 0 = sent as soon as may be. */
  until?: number;
}

interface Why {
  code: string;
  facts: Facts;
}

export interface Kept {
  all: () => Promise<Item[]>;
  put: (item: Item) => Promise<void>;
  remove: (key: string) => Promise<void>;
  /** Whether it outlives the page. */
  lasting: boolean;
}

interface OutboxState {
  items: Item[];
  lasting: boolean;
  /** Whose session this device has, where that is not who stands at the page. */
  other: Me | null;
  /** What the server has taken; a list that was asked for before does not have it yet. */
  told: readonly Told[];
}

export interface Told {
  order_id: string;
  said: SayBody["said"];
  /** Unix milliseconds of this phone at which the server had it. */
  at: number;
}

const MOST_TOLD = 50;

let pressed = 0;

export const useOutbox = create<OutboxState>(() => ({ items: [], lasting: true, other: null, told: [] }));

let kept: Promise<Kept> | null = null;
let running: Promise<void> | null = null;

function store(): Promise<Kept> {
  kept ??= openKept(() => {
    kept = null;
  });
  return kept;
}

/** Work with what is kept; a database that the browser has closed meanwhile is opened once more. */
async function using<T>(work: (all: Kept) => Promise<T>): Promise<T> {
  const opened = store();
  try {
    return await work(await opened);
  } catch {
    if (kept === opened) kept = null;
    return work(await store());
  }
}

/** What this phone could not write down: it is sent as long as the page stays open. */
let unwritten = inMemory();

/** All that waits, wherever it is kept. */
const everywhere: Omit<Kept, "lasting"> = {
  all: async () => {
    const written = await using((all) => all.all()).catch(() => []);
    // What could not be written is newer than what was.
    return [...new Map([...written, ...(await unwritten.all())].map((item) => [item.key, item])).values()];
  },
  put: async (item) => {
    try {
      await using((all) => all.put(item));
      await unwritten.remove(item.key);
    } catch {
      await unwritten.put(item);
    }
  },
  remove: async (key) => {
    await unwritten.remove(key);
    await using((all) => all.remove(key));
  },
};

async function refresh(): Promise<void> {
  const items = (await everywhere.all()).sort((a, b) => a.at - b.at || (a.nth ?? 0) - (b.nth ?? 0));
  const lasting = (await unwritten.all()).length === 0 && (await store()).lasting;
  useOutbox.setState({ items, lasting });
}

/** Write down what was pressed; the caller may then forget it. */
export async function add(item: Omit<Item, "key">): Promise<void> {
  pressed = Math.max(pressed, ...useOutbox.getState().items.map((one) => one.nth ?? 0)) + 1;
  await everywhere.put({ ...item, nth: pressed, key: newKey() });
  await refresh();
}

/** For so long "taken" can be taken back: once sent it frees its place for the next robot. */
export const HOLD_MS = 5_000;

/** Whether it is kept back for a moment still; a clock that was set meanwhile keeps nothing. */
function held(item: Item, now: number): boolean {
  const left = (item.until ?? 0) - now;
  return left > 0 && left <= HOLD_MS;
}

/** Whether it is still to be sent. */
export function waits(item: Item): boolean {
  return item.refused === undefined && item.sent !== true;
}

/** Whether it is there still: a person may have withdrawn it while something before it was being sent. */
function isKept(key: string): boolean {
  return useOutbox.getState().items.some((item) => item.key === key);
}

/** The person has read why it was refused, or does not want it to be sent any more. */
export async function drop(key: string): Promise<void> {
  await everywhere.remove(key);
  await refresh();
}

/** Keep nothing back any more: a phone that is put into a pocket wakes no page to send it later. */
export async function letGo(): Promise<void> {
  await refresh();
  for (const item of useOutbox.getState().items) {
    if (item.until !== undefined && waits(item) && isKept(item.key)) await everywhere.put({ ...item, until: 0 });
  }
  await refresh();
}

/** Send what waits, of this person, oldest first, until something cannot be sent. One run at a time. */
export function flush(user: string): Promise<void> {
  running ??= sendAll(user).finally(() => {
    running = null;
  });
  return running;
}

async function sendAll(user: string): Promise<void> {
  await refresh();
  const mine = useOutbox.getState().items.filter((item) => item.user === user && waits(item));
  if (mine.length === 0 || !(await isSession(user))) return;
  for (const item of mine) {
    if (held(item, Date.now())) break; // in their order: what was pressed after it waits that moment, too
    if (isKept(item.key) && !(await sendOne(item))) break;
  }
  await refresh();
}

/** Whether this device has that person's session: a page that was opened without a network only remembers a name. */
async function isSession(user: string): Promise<boolean> {
  try {
    const me = await workApi.me();
    if (me.user !== user) useOutbox.setState({ other: me });
    return me.user === user;
  } catch (failure) {
    if (asApiError(failure).status === 401) sessionEnded();
    return false;
  }
}

/** Returns whether the next one may be tried. */
async function sendOne(item: Item): Promise<boolean> {
  try {
    await send(item);
    if (item.without === undefined) await everywhere.remove(item.key);
    else await everywhere.put({ ...item, sent: true });
    return true;
  } catch (failure) {
    const error = asApiError(failure);
    if (error.status === 401) {
      sessionEnded();
      return false;
    }
    if (isPassing(error)) return false;
    if (isKept(item.key)) await everywhere.put({ ...item, refused: { code: error.code, facts: error.facts } });
    return true;
  }
}

async function send(item: Item): Promise<void> {
  if (item.call !== undefined) await workApi.call(item.call, item.key);
  if (item.say === undefined) return;
  while (item.photos.length > 0) await sendPhoto(item, item.say);
  if (!isKept(item.key)) return;
  await workApi.say(item.say, item.key);
  const { order_id, said } = item.say;
  useOutbox.setState((s) => ({ told: [...s.told, { order_id, said, at: Date.now() }].slice(-MOST_TOLD) }));
}

/**
 * Pictures go before the word that names them, each under a key of its own; each that arrived is noted, so that a cut sends
 * only the rest again. One that the server cannot keep or read is left out: the word counts, and others wait behind it.
 */
async function sendPhoto(item: Item, say: SayBody): Promise<void> {
  const sent = say.photos ?? [];
  try {
    const { photo } = await workApi.photo(item.photos[0] ?? "", `${item.key}-${item.photos.length}`);
    item.say = { ...say, photos: [...sent, photo] };
  } catch (failure) {
    const error = asApiError(failure);
    const { code, facts } = error;
    if (error.status === 401 || (isPassing(error) && code !== "photo.not_kept")) throw failure;
    item.without = { code, facts };
  }
  item.photos = item.photos.slice(1);
  if (isKept(item.key)) await everywhere.put(item);
}

/** For tests: another place to keep things. */
export function keepIn(other: Kept | null): void {
  kept = other === null ? null : Promise.resolve(other);
  unwritten = inMemory();
}
