/** The number in what a scanner or a person gives: an SSCC without its GS1 identifier 00, blanks and brackets; else as it is. */
export function loadNumber(typed: string): string {
  const bare = typed.trim().replace(/^\]C1/, "");
  const digits = bare.replace(/[\s()]/g, "");
  if (/^00\d{18}$/.test(digits)) return digits.slice(2);
  if (/^\d{18}$/.test(digits)) return digits;
  const container = bare.replace(/[\s.-]/g, "").toUpperCase();
  return /^[A-Z]{3}[UJZ]\d{7}$/.test(container) ? container : bare;
}

/**
 * The tasks of a number as it was typed or scanned: those that have it, else those in whose number it occurs, in capitals
 * or not: the last digits will do.
 */
export function matching<T extends { load_id: string; order_id: string }>(tasks: readonly T[], typed: string): readonly T[] {
  const wanted = loadNumber(typed).toLowerCase();
  if (wanted === "") return tasks;
  const numbers = (task: T): string[] => [task.load_id.toLowerCase(), task.order_id.toLowerCase()];
  const same = tasks.filter((task) => numbers(task).includes(wanted));
  return same.length > 0 ? same : tasks.filter((task) => numbers(task).some((one) => one.includes(wanted)));
}

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

interface WithDetector {
  BarcodeDetector?: new (options?: { formats: string[] }) => Detector;
}

/** A reader of codes, where this browser has one and may use the camera (over TLS, or on this machine). */
export function detector(): Detector | null {
  const { BarcodeDetector } = window as unknown as WithDetector;
  // Lies in insecure pages, whatever TypeScript says.
  const camera = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (BarcodeDetector === undefined || camera === undefined) return null;
  try {
    return new BarcodeDetector({ formats: ["code_128", "qr_code", "data_matrix", "ean_13", "itf"] });
  } catch {
    return null;
  }
}
