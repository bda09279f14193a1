/**
 * After the build: each file that shrinks once more as .gz and .br, made once here instead of at every request.
 * Usage: compress.js [QUALITY]   of brotli for WebAssembly, which only who scans loads: 11, the default, takes sixty
 * times as long as 9 and saves 11 %. Pages always get 11: the first visit's weight is what a phone at a dock waits for.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const OUT = join(import.meta.dirname, "..", "amr_fleet", "static");
const LEAST_BYTES = 1000;
const BEST = constants.BROTLI_MAX_QUALITY;
const OF_WASM = Number(process.argv[2] ?? BEST);

for (const name of readdirSync(OUT, { recursive: true })) {
  if (!/\.(js|css|html|svg|wasm)$/.test(name)) continue;
  const content = readFileSync(join(OUT, name));
  if (content.length < LEAST_BYTES) continue;
  const quality = name.endsWith(".wasm") ? OF_WASM : BEST;
  writeFileSync(join(OUT, `${name}.gz`), gzipSync(content, { level: 9 }));
  writeFileSync(join(OUT, `${name}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
}
