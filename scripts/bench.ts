// `npm run bench`, `npm run bench:soak` and so on: see bench/README.md.
const [name] = process.argv.splice(2, 1);
await import(`../bench/src/${name}.ts`);
