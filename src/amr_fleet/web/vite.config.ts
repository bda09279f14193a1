import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const API = "http://127.0.0.1:8080";

/** Whatever english.ts reaches is a module of its own, so that texts.ts files give each language to another chunk. */
const languagesApart: Plugin = {
  name: "languages-apart",
  enforce: "pre",
  async resolveId(source, importer, options) {
    if (importer === undefined || !/english\.ts$|\?en$/.test(importer)) return null;
    const found = await this.resolve(source, importer, { ...options, skipSelf: true });
    return found === null || found.external ? found : { ...found, id: `${found.id}?en` };
  },
};

export default defineConfig({
  plugins: [react(), languagesApart],
  build: {
    outDir: "../amr_fleet/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false }, // every browser with ES2022 has it
    // What the first page needs is one file, and what a dozen pages share is one: each small one costs half a kilobyte of headers.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }, { name: "common", minShareCount: 12 }] } } },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: API, ws: true } } },
});
