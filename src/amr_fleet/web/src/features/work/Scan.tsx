import { useState } from "react";

import { loadNumber, wrongDigit } from "./codes";
import { useWorkTexts } from "./own_texts";
import { hasCamera } from "./reader";
import { Viewer } from "./Viewer";
import type { ScanFault } from "./watch";

const SAID = { camera: "scan_refused", reader: "scan_unloaded", lost: "scan_lost" } as const;

/** A number, typed or read by the camera. */
export function Scan({ label, value, set }: { label: string; value: string; set: (value: string) => void }) {
  const t = useWorkTexts();
  const [reading, setReading] = useState(false);
  const [fault, setFault] = useState<ScanFault | null>(null);
  const [able] = useState(hasCamera);
  const stop = (): void => setReading(false);
  const digit = wrongDigit(value);
  return (
    <div className="work-scan">
      <label>
        <span>{label}</span>
        <input value={value} onChange={(event) => set(event.currentTarget.value)} onBlur={() => set(loadNumber(value))} maxLength={64} autoComplete="off" autoCapitalize="characters" enterKeyHint="done" />
      </label>
      {digit !== null && (
        <p className="work-hint" role="status">
          {t("wrong_digit", { digit })}
        </p>
      )}
      {able ? (
        <button
          type="button"
          className="work-button"
          onClick={() => {
            setFault(null);
            setReading(!reading);
          }}
        >
          {t(reading ? "scan_stop" : "scan")}
        </button>
      ) : (
        <p className="work-dim">{t("scan_none")}</p>
      )}
      {fault !== null && (
        <p className="form-error" role="alert">
          {t(SAID[fault])}
        </p>
      )}
      {reading && (
        <Viewer
          found={(code) => {
            set(code);
            stop();
          }}
          failed={(why) => {
            setFault(why);
            stop();
          }}
        />
      )}
    </div>
  );
}
