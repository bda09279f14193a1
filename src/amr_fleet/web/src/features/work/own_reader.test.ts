import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { type CodeReader, ownReader, type Told } from "./own_reader";

/** A thread that answers, fails, or says nothing. */
class Thread {
  static readonly all: Thread[] = [];
  asked = 0;
  onmessage: (event: { data: Told }) => void = () => undefined;
  terminate = vi.fn();

  constructor() {
    Thread.all.push(this);
  }

  postMessage(asked: object): void {
    this.asked += 1;
    if ("program" in asked) queueMicrotask(() => this.tell({ ready: true }));
  }

  tell(told: Told): void {
    this.onmessage({ data: told });
  }
}

const video = { videoWidth: 2, videoHeight: 2 } as HTMLVideoElement;
const canvas = { width: 0, height: 0, getContext: () => ({ drawImage: () => undefined, getImageData: () => ({ data: new Uint8Array(16) }) }) };

async function opened(): Promise<[CodeReader, Thread]> {
  const reader = await ownReader();
  const thread = Thread.all.at(-1);
  if (thread === undefined) throw new Error("no thread");
  return [reader, thread];
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", Thread);
  vi.stubGlobal("fetch", () => Promise.resolve({ ok: true, arrayBuffer: () => Promise.resolve(new ArrayBuffer(1)) }));
  vi.stubGlobal("document", { createElement: () => canvas });
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("asks a thread that gave no answer nothing more: a late one would be taken for the next", async () => {
  const [reader, thread] = await opened();
  const first = expect(reader.read(video)).rejects.toThrow("no answer");
  await vi.advanceTimersByTimeAsync(30_000);
  await first;
  const asked = thread.asked;
  await expect(reader.read(video)).rejects.toThrow("no answer");
  expect(thread.asked).toBe(asked);
});

it("asks on after a picture that it could not read, and gives its memory back at the end", async () => {
  const [reader, thread] = await opened();
  const first = expect(reader.read(video)).rejects.toThrow("memory");
  thread.tell({ failed: "memory" });
  await first;
  const second = reader.read(video);
  thread.tell({ codes: ["PAL-6"] });
  expect(await second).toEqual(["PAL-6"]);
  reader.close();
  expect([thread.terminate.mock.calls.length, canvas.width]).toEqual([1, 0]);
});
