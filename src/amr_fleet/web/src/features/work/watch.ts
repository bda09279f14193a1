import { meant } from "./codes";
import type { CodeReader } from "./own_reader";
import { openReader } from "./reader";

const LOOK_MS = 150;
const BAD = 3;
const STILL = 33; // looks, 5 s: slower than any camera in the dark
// A long code needs more than the 640 px that browsers give unasked.
const CAMERA = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } } as const;

/** camera, reader: it cannot be opened or loaded; lost: it was, and has stopped. */
export type ScanFault = "camera" | "reader" | "lost";

/** Open camera and reader and look until something is found; returns what ends it. */
export function watch(video: HTMLVideoElement, opened: () => void, found: (code: string) => void, failed: (fault: ScanFault) => void): () => void {
  let over = false;
  let stream: MediaStream | null = null;
  let reader: CodeReader | null = null;
  let timer = 0;
  let before = "";
  let bad = 0;
  const still = stillness(video);
  const stop = (): void => {
    stream?.getTracks().forEach((track) => track.stop());
    reader?.close();
  };
  const fail = (fault: ScanFault): void => {
    if (!over) failed(fault);
  };
  const again = (): void => {
    timer = window.setTimeout(() => void look(), LOOK_MS);
  };
  const look = async (): Promise<void> => {
    const same = still();
    if (same > 0) return same < STILL ? again() : fail("lost"); // the same picture says nothing new
    const codes = (await reader?.read(video).catch(() => null)) ?? null;
    if (over) return;
    if (codes === null) return ++bad < BAD ? again() : fail("lost");
    bad = 0;
    const code = meant(codes);
    if (code !== "" && code === before) return found(code);
    if (code !== "") before = code;
    again();
  };
  const start = async (): Promise<void> => {
    try {
      stream = await navigator.mediaDevices.getUserMedia(CAMERA);
      if (over) return stop();
      // Somebody else has taken the camera, such as what takes a picture for the same form.
      stream.getVideoTracks()[0]?.addEventListener("ended", () => fail("lost"));
      video.srcObject = stream;
      await video.play();
    } catch {
      return fail("camera");
    }
    try {
      reader = await openReader();
    } catch {
      return fail("reader");
    }
    if (over) return stop();
    opened();
    void look();
  };
  void start();
  return () => {
    over = true;
    window.clearTimeout(timer);
    stop();
  };
}

/** How many looks in turn have found the picture of the one before; where a browser gives it no time, each is new. */
function stillness(video: HTMLVideoElement): () => number {
  let before = 0;
  let same = 0;
  return () => {
    const at = video.currentTime;
    same = at > 0 && at === before ? same + 1 : 0;
    before = at;
    return same;
  };
}
