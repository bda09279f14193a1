import { useEffect, useRef, useState } from "react";

import { detector, loadNumber } from "./codes";
import { useWorkTexts } from "./own_texts";

const LOOK_MS = 200;

/** A number, typed or read by the camera. */
export function Scan({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  const t = useWorkTexts();
  const [reading, setReading] = useState(false);
  const [failed, setFailed] = useState(false);
  const [able] = useState(() => detector() !== null);
  const stop = (): void => setReading(false);
  return (
    <div className="work-scan">
      <label>
        <span>{label}</span>
        <input value={value} onChange={(event) => set(event.currentTarget.value)} onBlur={() => set(loadNumber(value))} maxLength={64} autoComplete="off" autoCapitalize="characters" enterKeyHint="done" />
      </label>
      {able ? (
        <button
          type="button"
          className="work-button"
          onClick={() => {
            setFailed(false);
            setReading(!reading);
          }}
        >
          {t(reading ? "scan_stop" : "scan")}
        </button>
      ) : (
        <p className="work-dim">{t("scan_none")}</p>
      )}
      {failed && <p className="form-error">{t("scan_refused")}</p>}
      {reading && (
        <Viewer
          found={(code) => {
            set(loadNumber(code));
            stop();
          }}
          refused={() => {
            setFailed(true);
            stop();
          }}
        />
      )}
    </div>
  );
}

function Viewer({ found, refused }: { found: (code: string) => void; refused: () => void }) {
  const t = useWorkTexts();
  const video = useRef<HTMLVideoElement>(null);
  const answer = useRef({ found, refused });
  useEffect(() => {
    answer.current = { found, refused };
  });
  useEffect(() => {
    let over = false;
    let stream: MediaStream | null = null;
    let timer = 0;
    const read = detector();
    const look = async (): Promise<void> => {
      const shown = video.current;
      const codes = shown === null || read === null ? [] : await read.detect(shown).catch(() => []);
      if (over) return;
      const code = codes[0]?.rawValue ?? "";
      if (code !== "") answer.current.found(code);
      else timer = window.setTimeout(() => void look(), LOOK_MS);
    };
    const start = async (): Promise<void> => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        if (over || video.current === null) return stop();
        video.current.srcObject = stream;
        await video.current.play();
        void look();
      } catch {
        if (!over) answer.current.refused();
      }
    };
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    void start();
    return () => {
      over = true;
      window.clearTimeout(timer);
      stop();
    };
  }, []);
  return (
    <figure className="work-video">
      <video ref={video} muted playsInline />
      <figcaption>{t("scan_hint")}</figcaption>
    </figure>
  );
}
