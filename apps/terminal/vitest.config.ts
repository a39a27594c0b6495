import { defineConfig } from "vitest/config";

// Suites here start whole servers, on machines that may be busy with other suites.
export default defineConfig({
  test: { include: ["src/**/*.test.ts", "test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 },
});
