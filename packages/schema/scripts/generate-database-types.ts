import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { generateTypescript, sortGeneratorMetadata } from "@supabase/postgrest-typegen/generation";
import { introspect } from "@supabase/postgrest-typegen/introspection";

// Writes src/database.types.ts from the catalogue of a database with the migrations applied, by the engine behind
// `supabase gen types`. With --check it writes nothing and fails when the file is stale.

const MIGRATIONS = new URL("../../../supabase/migrations/", import.meta.url);
const TARGET = new URL("../src/database.types.ts", import.meta.url);
const HEADER = "// Generated from supabase/migrations by `npm run db:types`. Do not edit.\n\n";

// Just enough of Supabase for the migrations to apply; types do not depend on owners and grants.
const SUPABASE = /* sql */ `
  create role anon; create role authenticated; create role service_role;
  create schema auth;
  create table auth.users (id uuid primary key);
  create function auth.uid() returns uuid language sql as 'select null::uuid';
  create function auth.jwt() returns jsonb language sql as 'select null::jsonb';
  create schema storage;
  create table storage.buckets (
    id text primary key, name text, public boolean, file_size_limit bigint, allowed_mime_types text[]
  );
  create table storage.objects (id uuid primary key, bucket_id text, name text, metadata jsonb);
  create function storage.foldername(name text) returns text[] language sql as 'select null::text[]';
  create publication supabase_realtime;`;

const types = await generate();
if (!process.argv.includes("--check")) {
  await writeFile(TARGET, types);
} else if (types !== (await readFile(TARGET, "utf8").catch(() => ""))) {
  process.stderr.write(`${fileURLToPath(TARGET)} is stale: run npm run db:types and commit it.\n`);
  process.exitCode = 1;
}

async function generate(): Promise<string> {
  const database = await PGlite.create();
  try {
    await database.exec(SUPABASE);
    for (const name of (await readdir(MIGRATIONS)).sort()) {
      if (name.endsWith(".sql")) await database.exec(await readFile(new URL(name, MIGRATIONS), "utf8"));
    }
    const metadata = await introspect(
      { query: (sql) => database.query(sql) },
      { includedSchemas: ["public"] },
    );
    return (
      HEADER +
      (await generateTypescript(sortGeneratorMetadata(metadata), { detectOneToOneRelationships: true }))
    );
  } finally {
    await database.close();
  }
}
