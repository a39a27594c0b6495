// `npm run bench:dashboard`: the dashboard's production server at 10,000 and at 1,000,000 captures. A lab grows in two ways, and
// each is measured: the same days with a hundred times the frames, and ten times the days with ten times the frames a day.
// The databases run side by side and take turns, so that what else the machine does meets all of them.
import { loadavg } from "node:os";

import { createPilabAuth, createPilabClient } from "@pilab/storage-core";
import { seedCaptures, startTestSupabase } from "@pilab/testing";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { build } from "../../apps/dashboard/scripts/build.ts";
// @boundaries-ignore the bench measures the app itself, as its own suites drive it
import { keptSession, sessionCookies } from "../../apps/dashboard/src/server/session/cookies.ts";
// @boundaries-ignore as npm start starts its programs
import { startChild } from "../../scripts/child.ts";
// @boundaries-ignore as npm start starts its programs
import { answers, freePort } from "../../scripts/system.ts";

const ENGINE = process.env.PILAB_BENCH_ENGINE === "pglite" ? "pglite" : "postgres";
const BIG = Number(process.env.PILAB_BENCH_CAPTURES ?? 1_000_000);
const ROUNDS = Number(process.env.PILAB_BENCH_ROUNDS ?? 15);
const SMALL = 10_000;
const DAYS = 400;
const WARM_UP = 4;
const DAY_MS = 86_400_000;
/** As the gallery asks. */
const PAGE = 120;

/** A dashboard before a database of its own, and somebody signed in. */
interface Lab {
  readonly name: string;
  readonly days: number;
  readonly device: { readonly id: string; readonly slug: string };
  /** Resolves when the whole answer is there; throws unless it is 200. */
  get(path: string): Promise<string>;
  stop(): Promise<void>;
}

/** What is timed: one call, or all that a page asks for at once. */
interface Case {
  readonly name: string;
  run(lab: Lab): Promise<unknown>;
}

const CASES: Case[] = [
  { name: "who am I (reads no table)", run: call("me.get") },
  { name: "overview, the call", run: call("fleet.overview") },
  { name: "overview, the page", run: (lab) => lab.get("/") },
  { name: "overview, stored by day", run: call("usage.daily", { days: 30 }) },
  {
    name: "overview, uploads of 30 days (when asked for)",
    run: call("usage.uploadsDaily", { days: 30, timeZone: "Europe/Berlin" }),
  },
  { name: "gallery, first 120", run: call("captures.tiles", { limit: PAGE }) },
  { name: "gallery, the page", run: (lab) => lab.get("/captures") },
  { name: "gallery, 120 after nine tenths of all", run: tilesAfter(0.9) },
  { name: "gallery of a device, 120 after a third of its own", run: tilesAfter(0.33, true) },
  { name: "a device's page", run: (lab) => lab.get(`/devices/${lab.device.slug}`) },
  { name: "a device: history, uploads, alerts, cadence of 14 days, pictures", run: deviceReads },
  { name: "/api/metrics", run: (lab) => lab.get("/api/metrics") },
  { name: "/api/storage/usage", run: (lab) => lab.get("/api/storage/usage") },
];

const load = () => loadavg()[0]?.toFixed(0);
console.log(
  `node ${process.version}, ${process.arch}; local-supabase on ${ENGINE}; medians of ${ROUNDS}; load before: ${load()}`,
);
const server = process.env.PILAB_DASHBOARD_SERVER ?? (await build(console.log));
const labs: Lab[] = [];
try {
  labs.push(await openLab(SMALL, DAYS / 10), await openLab(SMALL, DAYS), await openLab(BIG, DAYS));
  const [small, sparse, big] = labs as [Lab, Lab, Lab];
  console.log(
    `\n| ms | ${labs.map(({ name }) => name).join(" | ")} | same days | ten times the days |\n|---|---|---|---|---|---|`,
  );
  for (const { name, run } of CASES) {
    const times = new Map<Lab, number[]>(labs.map((lab) => [lab, []]));
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const lab of labs) {
        const startedAt = performance.now();
        await run(lab);
        if (round >= 0) times.get(lab)?.push(performance.now() - startedAt);
      }
    }
    const of = (lab: Lab) => median(times.get(lab) ?? []);
    console.log(
      `| ${name} | ${labs.map((lab) => of(lab).toFixed(1)).join(" | ")} | ${(of(big) / of(sparse)).toFixed(2)} | ${(of(big) / of(small)).toFixed(2)} |`,
    );
  }
  console.log(`\nload after: ${load()}`);
} finally {
  for (const lab of labs) await lab.stop();
}

async function openLab(captures: number, days: number): Promise<Lab> {
  const supabase = await startTestSupabase({ engine: ENGINE });
  const startedAt = performance.now();
  await seedCaptures(supabase.sql, { captures, days });
  console.log(
    `${captures.toLocaleString("en-US")} captures in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  const { url: supabaseUrl, anonKey, serviceRoleKey, admin } = supabase;
  const port = await freePort(3000);
  const env = {
    NODE_ENV: "production",
    HOSTNAME: "127.0.0.1",
    PORT: String(port),
    SUPABASE_URL: supabaseUrl,
    SUPABASE_ANON_KEY: anonKey,
    SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey,
  };
  const dashboard = startChild([server], { env, stdout: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  await answers(`${url}/sign-in`, AbortSignal.timeout(60_000));

  const signedIn = await createPilabAuth({ url: supabaseUrl, key: anonKey }).signIn(
    admin.email,
    admin.password,
  );
  const cookie = sessionCookies(keptSession(signedIn), false)
    .map(({ name, value }) => `${name}=${value}`)
    .join("; ");
  const pilab = createPilabClient({ url: supabaseUrl, key: anonKey, ...admin });
  const [device] = await pilab.devices.list();
  await pilab.close();
  if (!device) throw new Error("nothing was seeded");
  return {
    name: `${captures.toLocaleString("en-US")} in ${days} days`,
    days,
    device,
    async get(path) {
      const answer = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${text.slice(0, 300)}`);
      return text;
    },
    async stop() {
      await dashboard.stop();
      await supabase.stop();
    },
  };
}

/** A tRPC query, as the browser's client sends it. */
function call(path: string, input?: object): (lab: Lab) => Promise<unknown> {
  const query = input ? `?input=${encodeURIComponent(JSON.stringify(input))}` : "";
  return (lab) => lab.get(`/api/trpc/${path}${query}`);
}

/** A page of as many tiles in every lab, this share of the days ago. */
function tilesAfter(share: number, ofDevice = false): (lab: Lab) => Promise<unknown> {
  return (lab) => {
    const capturedAt = new Date(Date.now() - share * lab.days * DAY_MS).toISOString();
    const cursor = { capturedAt, id: "ffffffff-ffff-4fff-8fff-ffffffffffff" };
    return call("captures.tiles", {
      ...(ofDevice && { deviceId: lab.device.id }),
      limit: PAGE,
      cursor,
    })(lab);
  };
}

/** All that the browser asks for after a device's page, at once. */
function deviceReads(lab: Lab): Promise<unknown> {
  const { id } = lab.device;
  const span = { id, hours: 30 * 24 };
  const calls = [
    call("devices.history", span),
    call("devices.uploads", span),
    call("devices.alerts", { id }),
    call("timelapse.cadence", { device: id, timeZone: "Europe/Berlin" }),
    call("captures.tiles", { deviceId: id, limit: 12 }),
  ];
  return Promise.all(calls.map((run) => run(lab)));
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
