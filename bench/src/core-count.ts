import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createPilabClient } from "@pilab/storage-core";
import { startTestSupabase, startFaultProxy } from "@pilab/testing";
const [folder, script] = process.argv.slice(2);
const server = await startTestSupabase();
const proxy = await startFaultProxy({ target: server.url });
const admin = createPilabClient({ url: server.url, serviceKey: server.serviceRoleKey });
const { device, credentials } = await admin.devices.create({ slug: "bench" });
const job = { url: proxy.url, anonKey: server.anonKey, ...credentials, bucket: "pilab-dev", slug: device.slug, folder, concurrency: 4 };
const child = spawn(process.execPath, [join(import.meta.dirname, script!), JSON.stringify(job)], { stdio: ["ignore", "pipe", "inherit"] });
let out = ""; child.stdout.on("data", (d) => (out += d)); await once(child, "close");
const counts: Record<string, number> = {};
for (const r of proxy.requests) { const k = r.method + " " + r.path.split("/").slice(0, 5).join("/"); counts[k] = (counts[k] ?? 0) + 1; }
console.log(counts, new Set(proxy.requests.map((r) => r.connection)).size, out);
await admin.close(); await proxy.stop(); await server.stop();
