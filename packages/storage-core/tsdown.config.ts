import { defineConfig } from "tsdown";

export default defineConfig({
  entry: ["src/index.ts", "src/device.ts", "src/words.ts"],
  dts: true,
  platform: "node",
  fixedExtension: false,
});
