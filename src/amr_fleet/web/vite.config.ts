import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const API = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../amr_fleet/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false }, // every browser with ES2022 has it
  },
  server: { proxy: { "/api": { target: API, ws: true } } },
});
