import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The browser suites share a production build, made by the first that needs it; all else each has of its own.
export default defineConfig({
  // Next.js' word to its bundler, which is none of Vitest's: here everything runs on the server.
  resolve: {
    alias: { "server-only": fileURLToPath(new URL("node_modules/server-only/empty.js", import.meta.url)) },
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
