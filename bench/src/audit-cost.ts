// `npm run bench:audit`: what the audit log and the counters cost each logged capture, beside log_captures without them.
// One database, one run: all variants in turn, round after round, each call in a transaction of its own.
import { startTestSupabase, type TestSupabase } from "@pilab/testing";

const ROUNDS = Number(process.env.PILAB_BENCH_ROUNDS ?? 12);
const CALLS = 3;
const CAPTURES = 100;

const COUNTERS_OFF = "alter table public.captures disable trigger captures_count_insert";
const AUDIT_OFF = `create or replace function pilab.write_audit(action text, object_type text, object_id text, device_id uuid, details jsonb)
  returns void language sql security definer set search_path = '' as ''`;
const VARIANTS = {
  "log_captures as it is": [],
  "without the audit log": [AUDIT_OFF],
  "without the counters": [COUNTERS_OFF],
  "without both": [AUDIT_OFF, COUNTERS_OFF],
};

console.log(
  `node ${process.version}, ${process.arch}; ${CALLS} calls of ${CAPTURES} captures a round, best quarter of ${ROUNDS} rounds`,
);
for (const engine of ["pglite", "postgres"] as const) {
  const supabase = await startTestSupabase({ engine });
  try {
    await compare(engine, supabase);
  } finally {
    await supabase.stop();
  }
}

async function compare(engine: string, supabase: TestSupabase): Promise<void> {
  const { sql } = supabase;
  const [device] = await query(
    supabase,
    "insert into public.devices (slug, name) values ('bench', 'bench') returning id",
  );
  const [writeAudit] = await query(
    supabase,
    "select pg_get_functiondef('pilab.write_audit(text, text, text, uuid, jsonb)'::regprocedure) as definition",
  );
  const asItIs = [
    String(writeAudit?.definition),
    "alter table public.captures enable trigger captures_count_insert",
  ];
  const times = new Map<string, number[]>(Object.keys(VARIANTS).map((name) => [name, []]));
  const variants = Object.entries(VARIANTS);
  // The first round warms up and is not counted. Each begins with another variant: the table grows meanwhile.
  for (let round = 0; round <= ROUNDS; round++) {
    for (let turn = 0; turn < variants.length; turn++) {
      const [name, changes] = variants[(round + turn) % variants.length] as (typeof variants)[number];
      for (const change of [...asItIs, ...changes]) await sql.exec(change);
      let spentMs = 0;
      for (let call = 0; call < CALLS; call++) {
        const items = await place(supabase, `${round}-${name.replaceAll(" ", "-")}-${call}`);
        spentMs += await timeOf(supabase, items, String(device?.id));
      }
      if (round > 0) times.get(name)?.push((spentMs * 1000) / (CALLS * CAPTURES));
    }
  }
  const base = bestQuarter(times.get("without both") ?? []);
  console.log(`\n| ${engine} | µs a capture | beside neither |\n|---|---|---|`);
  for (const [name, values] of times) {
    console.log(
      `| ${name} | ${bestQuarter(values).toFixed(0)} | ${(bestQuarter(values) / base).toFixed(2)} |`,
    );
  }
}

/** Objects as an upload leaves them, and the items about them. */
async function place(supabase: TestSupabase, folder: string): Promise<object[]> {
  const rows = await query(
    supabase,
    `insert into storage.objects (bucket_id, name, metadata)
     select 'pilab-dev', 'bench/' || $1 || '/' || n || '.jpg', '{"size": 500000}' from generate_series(1, ${CAPTURES}) as n
     returning name, encode(sha256(name::bytea), 'hex') as sha256`,
    [folder],
  );
  return rows.map(({ name, sha256 }) => ({
    ...{ bucket_id: "pilab-dev", object_path: name, file_name: "frame.jpg", sha256, size_bytes: 500_000 },
    ...{
      content_type: "image/jpeg",
      series: "moss",
      shot_type: "timelapse",
      captured_at: "2026-03-09T14:15:02Z",
    },
    ...{ captured_at_source: "exif", captured_at_trusted: true, width: 4056, height: 3040 },
    exif: { make: "Raspberry Pi", model: "HQ Camera", exposure_s: 0.01, iso: 100 },
  }));
}

async function timeOf({ sql }: TestSupabase, items: object[], deviceId: string): Promise<number> {
  return await sql.transaction(async (tx) => {
    await tx.exec("set local role service_role");
    const begun = performance.now();
    await tx.query("select count(*) from public.log_captures($1::text::jsonb, $2)", [
      JSON.stringify(items),
      deviceId,
    ]);
    return performance.now() - begun;
  });
}

async function query({ sql }: TestSupabase, text: string, params: unknown[] = []) {
  return (await sql.transaction((tx) => tx.query(text, params))).rows;
}

/** What else the machine does only ever adds. */
function bestQuarter(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}
