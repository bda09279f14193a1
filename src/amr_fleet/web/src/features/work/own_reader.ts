import program from "zxing-wasm/reader/zxing_reader.wasm?url";

import thread from "./read_codes.worker?worker&url";

export type Asked = { program: ArrayBuffer } | { picture: ImageData };
export type Told = { ready: true } | { codes: string[] } | { failed: string };

/** What sees codes in the camera's picture. */
export interface CodeReader {
  read: (video: HTMLVideoElement) => Promise<string[]>;
  close: () => void;
}

const PATIENCE_MS = 30_000;

/** Fetch what reads codes, so that the service worker has it when there is no network. */
export async function keepOwnReader(): Promise<void> {
  await Promise.all([thread, program].map((file) => fetch(file)));
}

/** A reader that comes with this page, for browsers without one. Rejects when it cannot be loaded. */
export async function ownReader(): Promise<CodeReader> {
  const file = await fetch(program, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!file.ok) throw new Error(`${program}: ${file.status}`);
  const worker = new Worker(thread, { type: "module" });
  try {
    const bytes = await file.arrayBuffer();
    const ready = await told(worker, { program: bytes }, [bytes]);
    if ("failed" in ready) throw new Error(ready.failed);
  } catch (failure) {
    worker.terminate();
    throw failure;
  }
  const canvas = document.createElement("canvas");
  let dead = false;
  return {
    read: async (video) => {
      const picture = seen(video, canvas);
      if (picture === null) return [];
      if (dead) throw new Error("no answer");
      const answer = await told(worker, { picture }, [picture.data.buffer]).catch((failure: unknown) => {
        dead = true; // a late answer would be taken for the next one
        throw failure;
      });
      if ("failed" in answer) throw new Error(answer.failed);
      return "codes" in answer ? answer.codes : [];
    },
    close: () => {
      worker.terminate();
      canvas.width = 0; // iOS keeps a canvas in memory for long, and has little
    },
  };
}

/** Ask the thread one thing and wait for its answer; there is never a second question meanwhile. Rejects when it is gone. */
function told(worker: Worker, asked: Asked, given: Transferable[]): Promise<Told> {
  return new Promise((resolve, reject) => {
    const late = window.setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    const fail = (why: string): void => {
      window.clearTimeout(late);
      reject(new Error(why));
    };
    worker.onerror = (event) => fail(event.message);
    worker.onmessage = (event: MessageEvent<Told>) => {
      window.clearTimeout(late);
      resolve(event.data);
    };
    worker.postMessage(asked, given);
  });
}

function seen(video: HTMLVideoElement, canvas: HTMLCanvasElement): ImageData | null {
  if (video.videoWidth === 0) return null;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(video, 0, 0);
  return context?.getImageData(0, 0, canvas.width, canvas.height) ?? null;
}
