// `npm run bench:soak`: see bench/README.md.
await import("../bench/src/soak.ts");
