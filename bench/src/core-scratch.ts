import { spawnSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, readdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPilabClient } from "@pilab/storage-core";
import { startTestSupabase } from "@pilab/testing";
import { makeFiles } from "./make-files.ts";
const [count, size, ...scripts] = process.argv.slice(2);
const folder = `/tmp/core-bench-${count}-${size}`;
if (!(await stat(folder).catch(() => null))) await makeFiles(folder, Number(count), Number(size));
for (const script of scripts) {
const server = await startTestSupabase();
const admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
const { device, credentials } = await admin.devices.create({ slug: "bench" });
const job = { url: server.url, anonKey: server.anonKey, ...credentials, bucket: "pilab-dev", slug: device.slug, folder, concurrency: 4 };
const t = performance.now(); const c0 = process.cpuUsage();
const child = spawn(process.execPath, [...(process.env.PROF ? ["--cpu-prof", "--cpu-prof-dir=/tmp/core-prof"] : []), join(import.meta.dirname, script), JSON.stringify(job)], { stdio: ["ignore", "pipe", "inherit"] });
let out = ""; child.stdout.on("data", (d) => (out += d)); await once(child, "close");
const c1 = process.cpuUsage(c0);
console.log(script, ((performance.now() - t) / 1000).toFixed(2), "server cpu", ((c1.user + c1.system) / 1e6).toFixed(2), out);
await admin.close(); await server.stop();
}
