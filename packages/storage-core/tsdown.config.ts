import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/words.ts"],
  dts: true,
  platform: "node",
  fixedExtension: false,
});
