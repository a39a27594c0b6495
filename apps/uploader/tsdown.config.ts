import { defineConfig } from "tsdown";

const PRETTY = 'createRequire(import.meta.url)("pino-pretty")';

/** The agent as a Pi runs it: everything in a few files but sharp, which is native; parts are loaded when they are first needed. */
export default defineConfig({
  entry: { main: "src/main.ts" },
  platform: "node",
  fixedExtension: false,
  minify: true,
  deps: { alwaysBundle: [/./], neverBundle: ["sharp"], onlyBundle: false },
  plugins: [
    {
      // A bundler follows no createRequire.
      name: "bundle-pino-pretty",
      transform(code, id) {
        if (!id.endsWith("/logging/src/logger.ts")) return undefined;
        if (!code.includes(PRETTY))
          throw new Error(`${id} loads pino-pretty in another way than was known here`);
        return code.replace(PRETTY, 'require("pino-pretty")');
      },
    },
  ],
});
