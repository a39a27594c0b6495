// `npm run coverage`: the tests with coverage; the report lies in coverage/index.html.
process.env.PILAB_COVERAGE = "1";
await import("./test.ts");
