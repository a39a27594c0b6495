#!/usr/bin/env node
import { runMain } from "./cli.ts";

process.exitCode = await runMain(process.argv.slice(2), process.env);
