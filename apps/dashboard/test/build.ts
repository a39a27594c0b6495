import { build } from "../scripts/build.ts";

/** Vitest's global setup: the browser suites look at the production build of the present sources. */
export async function setup(): Promise<void> {
  process.env.PILAB_DASHBOARD_SERVER ??= await build((line) => process.stdout.write(`${line}\n`));
}
