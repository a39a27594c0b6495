import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bootstrap } from "./bootstrap.ts";
import { type Engine, openPglite } from "./engine.ts";
import { migrate } from "./migrate.ts";

const FIRST = "create table public.first (id int);";

describe("migrate", () => {
  let folder: string;
  let engine: Engine;
  let role: string;
  let dir: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilab-migrate-"));
    engine = await openPglite(join(folder, "db"));
    role = (await bootstrap(engine, { storage: true })).migrationRole;
  }, 60_000);
  beforeEach(async () => {
    dir = await mkdtemp(join(folder, "migrations-"));
    await engine.exec(
      "drop schema if exists supabase_migrations cascade; drop table if exists first, second",
    );
  });
  afterAll(async () => {
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (name: string, sql: string) => writeFile(join(dir, name), sql);
  const run = () => migrate(engine, { dir, role });
  const rows = async (sql: string) => (await engine.transaction((tx) => tx.query(sql))).rows;

  it("applies files in the order of their versions, each with the row that the Supabase CLI writes", async () => {
    await write("20260102000000_second.sql", "create table second as select * from first;");
    await write("20260101000000_first.sql", FIRST);
    await write("README.md", "not a migration");
    expect(await run()).toEqual(["20260101000000_first.sql", "20260102000000_second.sql"]);
    expect(await run()).toEqual([]);
    expect(
      await rows("select version, name, statements from supabase_migrations.schema_migrations order by 1"),
    ).toEqual([
      { version: "20260101000000", name: "first", statements: [FIRST] },
      {
        version: "20260102000000",
        name: "second",
        statements: ["create table second as select * from first;"],
      },
    ]);
  });

  it("applies none from a folder that is not there", async () => {
    expect(await migrate(engine, { dir: join(dir, "missing"), role })).toEqual([]);
    expect(await migrate(engine, { dir: null, role })).toEqual([]);
  });

  it("runs them as postgres, who is no superuser and owns what they make", async () => {
    await write(
      "1_first.sql",
      `${FIRST} create table second as select current_user::text as who, rolsuper from pg_roles where rolname = current_user`,
    );
    await run();
    expect(await rows("select who, rolsuper from second")).toEqual([{ who: "postgres", rolsuper: false }]);
    expect(await rows("select tableowner from pg_tables where tablename = 'first'")).toEqual([
      { tableowner: "postgres" },
    ]);
  });

  it("leaves nothing of a file that fails, and keeps those before it", async () => {
    await write("1_first.sql", FIRST);
    await write("2_second.sql", "create table second (id int); select 1 / 0;");
    await expect(run()).rejects.toMatchObject({ message: "Migration 2_second.sql failed: division by zero" });
    expect(
      await rows("select to_regclass('first')::text as first, to_regclass('second')::text as second"),
    ).toEqual([{ first: "first", second: null }]);
    expect(await rows("select version from supabase_migrations.schema_migrations")).toEqual([
      { version: "1" },
    ]);
  });

  it("lets no setting of a file outlive it", async () => {
    await write("1_first.sql", "set search_path = ''; set timezone = 'Asia/Tokyo';");
    await run();
    expect(
      await rows("select current_setting('search_path') as path, current_setting('timezone') as zone"),
    ).toEqual([{ path: "public,extensions", zone: "UTC" }]);
  });

  describe("names the file", () => {
    beforeEach(async () => {
      await write("5_first.sql", FIRST);
      await run();
    });

    it("that has changed since it was applied", async () => {
      await write("5_first.sql", `${FIRST} -- changed`);
      await expect(run()).rejects.toThrow("Migration 5_first.sql has changed since it was applied");
    });

    it("but not for other line ends, nor where the CLI split the statements", async () => {
      await write("5_first.sql", `${FIRST}\r\n`);
      expect(await run()).toEqual([]);
      await engine.exec("update supabase_migrations.schema_migrations set statements = array['a', 'b']");
      expect(await run()).toEqual([]);
    });

    it("that is gone", async () => {
      await rm(join(dir, "5_first.sql"));
      await expect(run()).rejects.toThrow(
        "Migration 5_first.sql was applied to this database but its file is gone",
      );
    });

    it("that comes before what is already applied", async () => {
      await write("3_late.sql", "select 1");
      await expect(run()).rejects.toThrow("Migration 3_late.sql comes before 5, which is already applied");
    });
  });

  describe("in the schemas of Supabase's services", () => {
    it.each([
      [
        "adds policies to storage.objects",
        "create policy mine on storage.objects for select to anon using (bucket_id = 'x')",
      ],
      ["adds buckets", "insert into storage.buckets (id, name) values ('mine', 'mine')"],
      ["refers to users", "create table first (id int, user_id uuid references auth.users (id))"],
      ["publishes tables", `${FIRST} alter publication supabase_realtime add table first`],
    ])("%s", async (_, sql) => {
      await write("1_first.sql", sql);
      expect(await run()).toEqual(["1_first.sql"]);
    });

    it.each([
      ["alter a table", "alter table storage.objects add column mine int"],
      ["index a table", "create index mine on storage.objects (owner)"],
      ["comment a table", "comment on table storage.objects is 'mine'"],
      [
        "add a trigger",
        "create trigger mine before insert on storage.objects for each row execute function storage.update_updated_at_column()",
      ],
      ["switch off row-level security", "alter table storage.objects disable row level security"],
      ["make a table", "create table storage.mine (id int)"],
      ["alter users", "alter table auth.users add column mine int"],
    ])("does not %s", async (_, sql) => {
      await write("1_first.sql", sql);
      await expect(run()).rejects.toThrow(
        /Migration 1_first.sql (changes the schema|failed: (must be owner|permission denied))/,
      );
    });
  });

  it("gives new tables the default privileges of hosted Supabase, TRUNCATE included", async () => {
    await write("1_first.sql", FIRST);
    await run();
    expect(
      await rows(`select role from unnest(array['anon', 'authenticated', 'service_role']) as role
        where has_table_privilege(role, 'first', 'select') and has_table_privilege(role, 'first', 'truncate')`),
    ).toHaveLength(3);
  });
});
