import { request } from "node:http";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestSupabase, type TestSupabase } from "../src/index.ts";

/** Tables and functions of these tests alone. */
const SCHEMA = /* sql */ `
  create table public.notes (
    id bigint generated always as identity primary key,
    title text not null constraint notes_title_check check (length(title) < 20),
    seen_at timestamptz not null default '2025-06-15 15:06:40+00',
    seen_often timestamptz[] not null default array['2025-06-15 15:06:40.5+00'::timestamptz],
    data jsonb
  );
  alter table public.notes enable row level security;
  create policy notes_select on public.notes for select to anon, authenticated using (title <> 'hidden');
  revoke all on public.notes from anon, authenticated, service_role;
  grant select on public.notes to anon, authenticated;
  grant select, insert on public.notes to service_role;
  create function public.who() returns text language sql as $$ select current_user::text $$;
  create function public.whoami() returns uuid language sql as $$ select auth.uid() $$;
  create function public.kind_of(value jsonb) returns text language sql as $$ select jsonb_typeof(value) $$;
  create function public.correlation() returns text language sql as
    $$ select current_setting('request.headers', true)::json ->> 'x-correlation-id' $$;
  create function public.refuse() returns void language plpgsql as
    $$ begin raise exception 'Not today' using detail = 'It is Sunday', hint = 'Come back tomorrow'; end $$;
  notify pgrst, 'reload schema';`;

describe.each(["pglite", "postgres"] as const)("local-supabase on %s", (engine) => {
  let supabase: TestSupabase;
  let anon: SupabaseClient;
  let service: SupabaseClient;

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    await supabase.sql.exec(SCHEMA);
    anon = client(supabase.anonKey);
    service = client(supabase.serviceRoleKey);
  });
  afterAll(() => supabase?.stop());

  function client(key: string): SupabaseClient {
    return createClient(supabase.url, key, { auth: { persistSession: false, autoRefreshToken: false } });
  }

  async function signedIn(email = supabase.admin.email, password = supabase.admin.password) {
    const fresh = client(supabase.anonKey);
    const { data, error } = await fresh.auth.signInWithPassword({ email, password });
    if (error) throw error;
    return { client: fresh, session: data.session, claims: claimsOf(data.session.access_token) };
  }

  async function makeUser(label: string): Promise<{ id: string; email: string; password: string }> {
    const user = { email: `${label}@faults.test`, password: "correct-horse" };
    const { data, error } = await service.auth.admin.createUser({
      ...user,
      email_confirm: true,
      app_metadata: { pilab_role: "viewer" },
    });
    if (error) throw error;
    return { ...user, id: data.user.id };
  }

  it("1. runs every anonymous request as anon while another user of the same database changes roles", async () => {
    let done = false;
    const other = (async () => {
      while (!done) {
        await supabase.sql.transaction(async (tx) => {
          await tx.query("select set_config('role', 'service_role', true)");
          await tx.query("select count(*) from public.notes");
        });
      }
    })();
    const roles: string[] = [];
    for (let batch = 0; batch < 20; batch++) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => anon.rpc("who", {}, { get: true })));
      roles.push(...answers.map(({ data }) => String(data)));
    }
    done = true;
    await other;
    expect(roles).toHaveLength(400);
    expect(new Set(roles)).toEqual(new Set(["anon"]));
  });

  it("2. leaves grants as migrations made them", async () => {
    await service.from("notes").insert({ title: "kept" }).throwOnError();
    const { error, status } = await service.from("notes").delete().eq("title", "kept");
    expect({ status, code: error?.code }).toEqual({ status: 403, code: "42501" });
    const { rows } = await supabase.sql.transaction((tx) =>
      tx.query(
        "select has_table_privilege('anon', 'public.notes', 'insert, update, delete, truncate') as may",
      ),
    );
    expect(rows).toEqual([{ may: false }]);
  });

  it("3. puts app_metadata and user_metadata into the tokens of sign-in, refresh, sign-up and verify", async () => {
    const { client: admin, claims } = await signedIn();
    expect(claims).toMatchObject({
      role: "authenticated",
      app_metadata: { pilab_role: "admin" },
      user_metadata: {},
    });
    const refreshed = await admin.auth.refreshSession();
    expect(claimsOf(refreshed.data.session?.access_token)).toMatchObject({
      app_metadata: { pilab_role: "admin" },
    });

    const signedUp = await client(supabase.anonKey).auth.signUp({
      email: "new@faults.test",
      password: "correct-horse",
      options: { data: { name: "New" } },
    });
    expect(claimsOf(signedUp.data.session?.access_token)).toMatchObject({
      app_metadata: { provider: "email" },
      user_metadata: { name: "New" },
    });

    const user = await makeUser("verify");
    await supabase.sql.transaction((tx) =>
      tx.query("update auth.users set recovery_token = $2, recovery_sent_at = now() where id = $1", [
        user.id,
        "hash-of-a-code",
      ]),
    );
    const verified = await client(supabase.anonKey).auth.verifyOtp({
      type: "recovery",
      token_hash: "hash-of-a-code",
    });
    expect(claimsOf(verified.data.session?.access_token)).toMatchObject({
      app_metadata: { pilab_role: "viewer" },
    });
  });

  it("4. serves auth.admin for the service key alone", async () => {
    const { id, email, password } = await makeUser("managed");
    expect((await signedIn(email, password)).claims.sub).toBe(id);
    const listed = await service.auth.admin.listUsers();
    expect(listed.data.users.map((user) => user.email)).toEqual(
      expect.arrayContaining([email, supabase.admin.email]),
    );
    const updated = await service.auth.admin.updateUserById(id, {
      password: "another-horse",
      app_metadata: { pilab_role: null, bench: 3 },
    });
    expect(updated.data.user?.app_metadata).toEqual({ provider: "email", providers: ["email"], bench: 3 });
    await expect(signedIn(email, password)).rejects.toMatchObject({ code: "invalid_credentials" });
    await signedIn(email, "another-horse");
    expect((await service.auth.admin.deleteUser(id)).error).toBeNull();
    expect((await service.auth.admin.getUserById(id)).error).toMatchObject({
      status: 404,
      code: "user_not_found",
    });

    expect((await anon.auth.admin.listUsers()).error).toMatchObject({ status: 403, code: "not_admin" });
    const keyless = await fetch(`${supabase.url}/auth/v1/admin/users`);
    expect(keyless.status).toBe(401);
  });

  it("5. lets every role's functions call auth.uid()", async () => {
    const { client: admin, claims } = await signedIn();
    expect((await admin.rpc("whoami")).data).toBe(claims.sub);
    expect(await anon.rpc("whoami")).toMatchObject({ data: null, error: null });
  });

  it("6. has its roles and publication before the migrations, whose tables answer from the first request", async () => {
    const { rows } = await supabase.sql.transaction((tx) =>
      tx.query("select count(*) as tables from pg_publication_tables where pubname = 'supabase_realtime'"),
    );
    expect(rows[0]?.tables).toBeGreaterThan(0);
    expect(await service.from("captures").select().limit(1)).toMatchObject({ status: 200, data: [] });
  });

  it("7. tells of a failed check or a raised exception as PostgREST does", async () => {
    const long = await service.from("notes").insert({ title: "x".repeat(20) });
    expect(long).toMatchObject({
      status: 400,
      error: { code: "23514", message: expect.stringContaining("notes_title_check") },
    });
    expect(long.error?.details).toContain("Failing row contains");
    expect(await anon.rpc("refuse")).toMatchObject({
      status: 400,
      error: { code: "P0001", message: "Not today", details: "It is Sunday", hint: "Come back tomorrow" },
    });
  });

  it("8. writes times as ISO 8601", async () => {
    const { data } = await service
      .from("notes")
      .insert({ title: "timed" })
      .select("seen_at, seen_often")
      .single();
    expect(data).toEqual({
      seen_at: "2025-06-15T15:06:40+00:00",
      seen_often: ["2025-06-15T15:06:40.5+00:00"],
    });
  });

  it("9. refuses a valid token of any role but anon, authenticated and service_role", async () => {
    for (const role of ["postgres", "supabase_admin", "supabase_storage_admin", "none", undefined]) {
      const token = await new SignJWT({ role, exp: 4e9 })
        .setProtectedHeader({ alg: "HS256" })
        .sign(Buffer.from(supabase.jwtSecret));
      const { status } = await fetch(`${supabase.url}/rest/v1/notes`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(status, `role ${role}`).toBe(401);
    }
  });

  it.each([
    "/_system/config",
    "/_system/info",
    "/_system/introspect",
    "/",
    "/studio",
    "/rest/v1/../../_system/info",
  ])("10. answers 404 at %s", async (path) => {
    const answer = await fetch(supabase.url + path, { headers: { apikey: supabase.serviceRoleKey } });
    expect(answer.status).toBe(404);
  });

  it.each([
    ["object", { a: 1 }],
    ["array", [{ a: 1 }]],
    ["string", "text"],
    ["string", '{"a":1}'],
    ["number", 5],
    ["boolean", true],
  ])("11. hands a JSON %s to a function and to a column as what it is: %j", async (kind, value) => {
    expect((await anon.rpc("kind_of", { value })).data).toBe(kind);
    const { data } = await service
      .from("notes")
      .insert({ title: "json", data: value })
      .select("data")
      .single();
    expect(data).toEqual({ data: value });
  });

  it("12. lets an account have ten failed sign-ins from an address, at once or not, then says when to come back", async () => {
    const victim = await makeUser("victim");
    const bystander = await makeUser("bystander");
    const attempts = await Promise.all(
      Array.from({ length: 15 }, () =>
        anon.auth.signInWithPassword({ email: victim.email, password: "wrong" }),
      ),
    );
    expect(attempts.filter(({ error }) => error?.status === 429)).toHaveLength(5);
    const right = await fetch(`${supabase.url}/auth/v1/token?grant_type=password`, {
      method: "POST",
      headers: { apikey: supabase.anonKey, "content-type": "application/json" },
      body: JSON.stringify({ email: victim.email.toUpperCase(), password: victim.password }),
    });
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    // Elsewhere than on Linux the loopback has one address.
    if (process.platform === "linux") expect(await statusFrom("127.0.0.2", victim)).toBe(200);
    await signedIn(bystander.email, bystander.password);
  });

  /** A sign-in from another of this machine's addresses. */
  function statusFrom(localAddress: string, account: { email: string; password: string }) {
    return new Promise<number | undefined>((resolve, reject) => {
      const headers = { apikey: supabase.anonKey, "content-type": "application/json" };
      const url = `${supabase.url}/auth/v1/token?grant_type=password`;
      request(url, { method: "POST", localAddress, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once("error", reject)
        .end(JSON.stringify(account));
    });
  }

  it("shows the correlation id of a request to SQL", async () => {
    const id = "3f0d6f0c-6e0e-4c61-9a53-2a1d9f4a0c11";
    expect((await anon.rpc("correlation").setHeader("x-correlation-id", id)).data).toBe(id);
    expect((await anon.rpc("correlation")).data).toBeNull();
  });

  it("accepts headers of 40 KiB", async () => {
    const { status } = await fetch(`${supabase.url}/rest/v1/notes`, {
      headers: { apikey: supabase.anonKey, "x-metadata": "x".repeat(40 * 1024) },
    });
    expect(status).toBe(200);
  });
});

function claimsOf(token: string | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(token?.split(".")[1] ?? "", "base64url").toString());
}
