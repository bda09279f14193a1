import { useEffect, useRef, useState } from "react";

import { useWorkTexts } from "./own_texts";
import { type ScanFault, watch } from "./watch";

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
