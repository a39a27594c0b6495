import { spawn } from "node:child_process";
import { once } from "node:events";

/** What every contestant is told, as JSON in its first argument. */
export interface Job {
  url: string;
  anonKey: string;
  email: string;
  password: string;
  bucket: string;
  /** The device's folder. */
  slug: string;
  folder: string;
  concurrency: number;
}

/** One run of one contestant, the whole process from start to exit. */
export interface Measurement {
  wallS: number;
  cpuS: number;
  peakRssMb: number;
  /** What the contestant says of itself: files done, time per stage. */
  said: Record<string, unknown>;
}

/** Runs one contestant as a process of its own and measures it from outside; it must print one JSON line. */
export async function measure(script: string, job: Job, env: Record<string, string>): Promise<Measurement> {
  const started = performance.now();
  const child = spawn(process.execPath, [script, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${output}`);
  const { cpuS, peakRssMb, ...said } = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Measurement;
  return { wallS: (performance.now() - started) / 1000, cpuS, peakRssMb, said };
}

/** The contestant's side: reads its job. */
export function readJob(): Job {
  return JSON.parse(process.argv[2] ?? "") as Job;
}

/** The contestant's side: the last thing it does. */
export function report(said: Record<string, unknown>): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpuS = (userCPUTime + systemCPUTime) / 1e6;
  process.stdout.write(`${JSON.stringify({ ...said, cpuS, peakRssMb: maxRSS / 1024 })}\n`);
}
