// `npm run bench:footprint`: see bench/README.md.
await import("../bench/src/footprint.ts");
