// The floor: a bare undici loop that sends the same bytes to the same server and does nothing else.
// No hash, no check for what is known, no thumbnail, no verification, no catalogue, no retry.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Pool } from "undici";
import { readJob, report } from "./contestant.ts";

const job = readJob();
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
    const response = await pool.request({
      method: "POST",
      path: `/storage/v1/object/${job.bucket}/${prefix}/${name}`,
      headers: {
        authorization: `Bearer ${access_token}`,
        apikey: job.anonKey,
        "content-type": "image/jpeg",
        "cache-control": "max-age=3600",
      },
      body: await readFile(join(job.folder, name)),
    });
    const answer = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${answer}`);
    files++;
  }
}

await Promise.all(Array.from({ length: job.concurrency }, work));
await pool.close();
report({ files });
