import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CALLERS, FUNCTIONS, OBJECTS, TABLES } from "./access-matrix.expectations.ts";
import { type MatrixLab, startMatrixLab } from "./access-matrix.lab.ts";
import { functionProbe, objectProbe, type Probe, tableProbe } from "./access-matrix.probes.ts";

describe("access over HTTP", { timeout: 60_000 }, () => {
  let lab: MatrixLab;

  beforeAll(async () => {
    lab = await startMatrixLab();
  }, 120_000);
  afterAll(() => lab?.stop());

  test("is stated for every table, view, function and bucket of the catalogue", async () => {
    expect(
      await catalogue(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')",
      ),
    ).toEqual(Object.keys(TABLES).sort());
    expect(
      await catalogue(
        "select distinct proname as name from pg_proc where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')",
      ),
    ).toEqual(Object.keys(FUNCTIONS).sort());
    expect(await catalogue("select id as name from storage.buckets")).toEqual(Object.keys(OBJECTS).sort());
  });

  test("sees no schema but public", async () => {
    const schemas = await catalogue(
      "select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'public'",
    );
    expect(schemas).toContain("pilab");
    for (const schema of schemas) {
      const { error } = await lab.service
        .schema(schema as "public")
        .from("upload_journals" as never)
        .select("*");
      expect(error?.code, schema).toBe("PGRST106");
    }
  });

  describe.each(Object.entries(TABLES))("table %s", (table, expected) => {
    test("is read and written by whom the matrix says", async () => {
      expect(await probeAll(expected, (action) => tableProbe(lab, table, action))).toEqual(tidy(expected));
    });
  });

  describe.each(Object.entries(FUNCTIONS))("function %s", (name, expected) => {
    test("is called by whom the matrix says", async () => {
      expect(await probeAll(expected, (action) => functionProbe(lab, name, action))).toEqual(tidy(expected));
    });
  });

  describe.each(Object.entries(OBJECTS))("bucket %s", (bucket, expected) => {
    test("gives and takes objects as the matrix says", async () => {
      expect(await probeAll(expected, (action) => objectProbe(lab, bucket, action))).toEqual(tidy(expected));
    });

    test("is itself seen, changed and removed by the service key alone", async () => {
      for (const [name, { client }] of Object.entries({ ...lab.callers, ...lab.strangers })) {
        if (name === "service") continue;
        expect((await client.storage.getBucket(bucket)).error, name).not.toBeNull();
        expect((await client.storage.listBuckets()).data ?? [], name).toEqual([]);
        for (const attempt of [
          client.storage.updateBucket(bucket, { public: true }),
          client.storage.emptyBucket(bucket),
          client.storage.deleteBucket(bucket),
          client.storage.createBucket(`of-${randomUUID()}`),
        ]) {
          expect((await attempt).error, name).not.toBeNull();
        }
      }
      expect(await catalogue("select id as name from storage.buckets where not public")).toEqual(
        Object.keys(OBJECTS).sort(),
      );
    });
  });

  /** Runs every action as every caller, in words; a stranger's must all be `refused`. */
  async function probeAll(
    expected: Record<string, string>,
    probeOf: (action: string) => Probe,
  ): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const action of Object.keys(expected)) {
      const probe = probeOf(action);
      found[action] = [];
      for (const name of CALLERS) found[action].push(`${name}: ${await probe(lab.callers[name])}`);
      for (const [name, stranger] of Object.entries(lab.strangers))
        expect(await probe(stranger), `${action} as ${name}`).toBe("refused");
    }
    return found;
  }

  const catalogue = async (text: string) => (await lab.query(text)).map(({ name }) => String(name)).sort();
});

function tidy(expected: Record<string, string>): Record<string, string[]> {
  const words = (line: string) =>
    line
      .trim()
      .split(/\s+/)
      .map((cell, index) => `${CALLERS[index]}: ${cell}`);
  return Object.fromEntries(Object.entries(expected).map(([action, line]) => [action, words(line)]));
}
