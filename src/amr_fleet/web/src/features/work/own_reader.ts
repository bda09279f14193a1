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
    await told(worker, { program: bytes }, [bytes]);
  } catch (failure) {
    worker.terminate();
    throw failure;
  }
  const canvas = document.createElement("canvas");
  return {
    read: async (video) => {
      const picture = seen(video, canvas);
      if (picture === null) return [];
      const answer = await told(worker, { picture }, [picture.data.buffer]);
      return "codes" in answer ? answer.codes : [];
    },
    close: () => worker.terminate(),
  };
}

/** Ask the thread one thing and wait for its answer; there is never a second question meanwhile. */
function told(worker: Worker, asked: Asked, given: Transferable[]): Promise<Told> {
  return new Promise((resolve, reject) => {
    const late = window.setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    const fail = (why: string): void => {
      window.clearTimeout(late);
      reject(new Error(why));
    };
    worker.onerror = (event) => fail(event.message);
    worker.onmessage = (event: MessageEvent<Told>) => {
      if ("failed" in event.data) return fail(event.data.failed);
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
