import { useEffect, useRef, useState } from "react";

import { meant } from "./codes";
import { useWorkTexts } from "./own_texts";
import type { CodeReader } from "./own_reader";
import { openReader } from "./reader";

const LOOK_MS = 150;
// A long code needs more than the 640 px that browsers give unasked.
const CAMERA = { video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } } as const;

export type ScanFault = "camera" | "reader";

interface Props {
  found: (code: string) => void;
  failed: (fault: ScanFault) => void;
}

/** The camera's picture until a code is read in it, twice the same. */
export function Viewer({ found, failed }: Props) {
  const t = useWorkTexts();
  const video = useRef<HTMLVideoElement>(null);
  const [looking, setLooking] = useState(false);
  const answer = useRef({ found, failed });
  useEffect(() => {
    answer.current = { found, failed };
  });
  useEffect(() => {
    const shown = video.current;
    if (shown === null) return undefined;
    return watch(shown, () => setLooking(true), (code) => answer.current.found(code), (fault) => answer.current.failed(fault));
  }, []);
  return (
    <figure className="work-video">
      <video ref={video} muted playsInline />
      <figcaption role="status">{t(looking ? "scan_hint" : "scan_opening")}</figcaption>
    </figure>
  );
}

/** Open camera and reader and look until something is found; returns what ends it. */
function watch(video: HTMLVideoElement, opened: () => void, found: (code: string) => void, failed: (fault: ScanFault) => void): () => void {
  let over = false;
  let stream: MediaStream | null = null;
  let reader: CodeReader | null = null;
  let timer = 0;
  let before = "";
  const stop = (): void => {
    stream?.getTracks().forEach((track) => track.stop());
    reader?.close();
  };
  const fail = (fault: ScanFault): void => {
    if (!over) failed(fault);
  };
  const look = async (): Promise<void> => {
    const code = meant((await reader?.read(video).catch(() => [])) ?? []);
    if (over) return;
    if (code !== "" && code === before) return found(code);
    if (code !== "") before = code;
    timer = window.setTimeout(() => void look(), LOOK_MS);
  };
  const start = async (): Promise<void> => {
    try {
      stream = await navigator.mediaDevices.getUserMedia(CAMERA);
      if (over) return stop();
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
