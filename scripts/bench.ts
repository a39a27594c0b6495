// `npm run bench`: see bench/README.md.
await import("../bench/src/main.ts");
