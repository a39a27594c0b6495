#!/usr/bin/env node
import { runMain } from "./cli.ts";

// Whoever reads our output has read enough: `pilab-top --once | head -5`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

process.exitCode = await runMain(process.argv.slice(2), process.env);
