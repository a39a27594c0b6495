import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

const config: NextConfig = {
  output: "standalone",
  outputFileTracingRoot: fileURLToPath(new URL("../..", import.meta.url)),
  // Workspace packages are TypeScript as written.
  transpilePackages: [
    "@pilab/chunking",
    "@pilab/logging",
    "@pilab/retry",
    "@pilab/schema",
    "@pilab/storage-core",
  ],
  poweredByHeader: false,
  reactStrictMode: true,
  agentRules: false,
  // `typecheck` checks the types, once.
  typescript: { ignoreBuildErrors: true },
  experimental: { optimizePackageImports: ["@mantine/core", "@mantine/hooks", "@mantine/charts"] },
};

export default config;
