import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: {
      "#within": new URL("./src/tools/json-schema/within-node.ts", import.meta.url).pathname,
      "#load-engine": new URL("./src/engine/load/node.ts", import.meta.url).pathname,
      "#start-thread": new URL("./src/isolation/threads/start-node.ts", import.meta.url).pathname,
    },
  },
  test: {
    // Threads run what was built: it must be that of these sources.
    globalSetup: ["scripts/thread.ts"],
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
