import { type CodeReader, keepOwnReader, ownReader } from "./own_reader";

interface BrowsersReader {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

interface WithReader {
  BarcodeDetector?: {
    new (options: { formats: readonly string[] }): BrowsersReader;
    getSupportedFormats: () => Promise<string[]>;
  };
}

const FORMATS = ["code_128", "qr_code", "data_matrix"] as const;

/** Whether there is a camera that this page may use: browsers give it over TLS and on this machine only. */
export function hasCamera(): boolean {
  // Lies in insecure pages, whatever TypeScript says.
  return (navigator as { mediaDevices?: Partial<MediaDevices> }).mediaDevices?.getUserMedia !== undefined;
}

/** The browser's own reader, where it has one (Safari and Firefox do not) that knows all the codes of a port. */
async function browsersReader(): Promise<CodeReader | null> {
  const { BarcodeDetector } = window as unknown as WithReader;
  if (BarcodeDetector === undefined) return null;
  try {
    const known = await BarcodeDetector.getSupportedFormats();
    if (!FORMATS.every((format) => known.includes(format))) return null;
    const reader = new BarcodeDetector({ formats: FORMATS });
    return { read: async (video) => (await reader.detect(video)).map((code) => code.rawValue), close: () => undefined };
  } catch {
    return null;
  }
}

/** Rejects when there is none and ours cannot be loaded. */
export async function openReader(): Promise<CodeReader> {
  return (await browsersReader()) ?? (await ownReader());
}

/** Fetch now what a scan without a network will need. */
export async function keepReader(): Promise<void> {
  if (hasCamera() && (await browsersReader()) === null) await keepOwnReader().catch(() => undefined);
}
