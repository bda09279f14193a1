/**
 * Reads the codes of a picture where the browser cannot: zxing-cpp as WebAssembly. It is a thread of its own, so that the
 * page stays quick, and so that only this file may run WebAssembly (see HEADERS of the server); it loads nothing itself.
 */
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

import type { Asked, Told } from "./own_reader";

// More formats would bring wrong texts; those of cartons and articles are no number of a load.
const OPTIONS = { formats: ["Code128", "QRCode", "DataMatrix"], tryInvert: false, textMode: "HRI" } as const;

const tell = (told: Told): void => self.postMessage(told);

async function answer(asked: Asked): Promise<Told> {
  if ("program" in asked) {
    await prepareZXingModule({ overrides: { wasmBinary: asked.program }, fireImmediately: true });
    return { ready: true };
  }
  const found = await readBarcodes(asked.picture, { ...OPTIONS, formats: [...OPTIONS.formats] });
  return { codes: found.map((code) => code.text) };
}

self.onmessage = (event: MessageEvent<Asked>): void => {
  answer(event.data).then(tell, (failure: unknown) => tell({ failed: String(failure) }));
};
