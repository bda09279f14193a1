import { defineConfig } from "vitest/config";

export default defineConfig({ test: { css: true, isolate: false, include: ["src/**/*.test.ts"], env: { TZ: "Asia/Ho_Chi_Minh" } } });
