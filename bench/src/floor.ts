// The floor: a bare undici loop that sends the same bytes to the same server and does nothing else.
// No check for what is known, no thumbnail, no verification, no catalogue, no retry; and no hash, unless
// PILAB_BENCH_HASH=1 asks for the two hashes that verification needs, so that their cost stands apart.
import { hash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Pool } from "undici";
import { readJob, report } from "./contestant.ts";

const job = readJob();
const hashes = process.env.PILAB_BENCH_HASH === "1" ? ["sha256", "md5"] : [];
const pool = new Pool(job.url, { connections: job.concurrency });

const signIn = await pool.request({
  method: "POST",
  path: "/auth/v1/token?grant_type=password",
  headers: { apikey: job.anonKey, "content-type": "application/json" },
  body: JSON.stringify({ email: job.email, password: job.password }),
});
const { access_token } = (await signIn.body.json()) as { access_token: string };

const names = (await readdir(job.folder)).values();
const prefix = `${job.slug}/floor-${process.pid}`;
let files = 0;

async function work(): Promise<void> {
  for (const name of names) {
    const body = await readFile(join(job.folder, name));
    for (const algorithm of hashes) hash(algorithm, body);
    const response = await pool.request({
      method: "POST",
      path: `/storage/v1/object/${job.bucket}/${prefix}/${name}`,
      headers: {
        authorization: `Bearer ${access_token}`,
        apikey: job.anonKey,
        "content-type": "image/jpeg",
        "cache-control": "max-age=3600",
      },
      body,
    });
    const answer = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${answer}`);
    files++;
  }
}

await Promise.all(Array.from({ length: job.concurrency }, work));
await pool.close();
report({ files });
