import { defineConfig } from "vitest/config";

// Every package is its own project; one run gives one report and one coverage figure.
export default defineConfig({
  test: {
    projects: ["packages/*", "apps/*", { test: { name: "scripts", include: ["scripts/**/*.test.ts"] } }],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"],
      exclude: ["**/*.test.ts", "**/database.types.ts", "packages/testing/**"],
      reporter: ["text-summary", "html", "json-summary"],
    },
  },
});
