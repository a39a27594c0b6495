import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startTestSupabase, type TestSupabase } from "../src/index.ts";

const PASSWORD = "a-password-of-this-test";

describe.each(["pglite", "postgres"] as const)("Realtime on %s", (engine) => {
  let supabase: TestSupabase;
  let service: SupabaseClient;
  const clients: SupabaseClient[] = [];

  beforeAll(async () => {
    supabase = await startTestSupabase({ engine });
    service = connect(supabase.serviceRoleKey);
    await service.auth.admin.createUser(account("viewer", { app_metadata: { pilab_role: "viewer" } }));
    await service.auth.admin.createUser(account("stranger"));
    for (const slug of ["bench-1", "bench-2"]) {
      const { data } = await service.auth.admin.createUser(account(slug));
      await must(service.from("devices").insert({ slug, name: slug, user_id: data.user?.id }));
    }
  }, 120_000);

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.realtime.disconnect()));
    await supabase?.stop();
  });

  const account = (name: string, more = {}) => ({
    email: `${name}@lab.test`,
    password: PASSWORD,
    email_confirm: true,
    ...more,
  });

  function connect(key: string): SupabaseClient {
    const client = createClient(supabase.url, key, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    clients.push(client);
    return client;
  }

  async function signIn(name: string): Promise<SupabaseClient> {
    const client = connect(supabase.anonKey);
    await must(client.auth.signInWithPassword({ email: `${name}@lab.test`, password: PASSWORD }));
    return client;
  }

  /** Listens to device_status, and gives the devices whose rows it heard of. */
  async function listen(client: SupabaseClient): Promise<string[]> {
    const heard: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client
        .channel("status")
        .on("postgres_changes", { event: "*", schema: "public", table: "device_status" }, ({ new: row }) => {
          heard.push((row as { last_error: string }).last_error);
        })
        .subscribe((status, error) =>
          status === "SUBSCRIBED" ? resolve() : reject(error ?? new Error(status)),
        );
    });
    return heard;
  }

  const report = (client: SupabaseClient, text: string) =>
    must(
      client.rpc("report_device_status", {
        status: { agent_version: "1.0.0", state: "uploading", last_error: text },
      }),
    );

  test("each account hears exactly the rows that it could read", { timeout: 60_000 }, async () => {
    const [one, two, viewer, stranger] = await Promise.all(
      ["bench-1", "bench-2", "viewer", "stranger"].map(signIn),
    );
    if (!one || !two || !viewer || !stranger) throw new Error("not signed in");
    const heard = {
      ...{ one: await listen(one), two: await listen(two), viewer: await listen(viewer) },
      ...{ stranger: await listen(stranger), anon: await listen(connect(supabase.anonKey)) },
    };
    await report(one, "one, first");
    await report(two, "two, first");
    // A row is heard as it is when it is read again: a second change at once would be heard twice.
    await vi.waitFor(() => expect(heard.one).toEqual(["one, first"]), { timeout: 10_000 });
    await vi.waitFor(() => expect(heard.viewer).toHaveLength(2), { timeout: 10_000 });
    await report(one, "one, again");
    await vi.waitFor(() => expect(heard.viewer).toHaveLength(3), { timeout: 10_000 });
    await vi.waitFor(() => expect(heard.one).toEqual(["one, first", "one, again"]), { timeout: 10_000 });
    await vi.waitFor(() => expect(heard.two).toEqual(["two, first"]), { timeout: 10_000 });
    expect(heard.stranger).toEqual([]);
    expect(heard.anon).toEqual([]);
  });

  test("a device that is retired hears nothing from then on, though its token is still good", {
    timeout: 60_000,
  }, async () => {
    const [two, viewer] = [await signIn("bench-2"), await signIn("viewer")];
    const [ofTwo, ofViewer] = [await listen(two), await listen(viewer)];
    await report(two, "in service");
    await vi.waitFor(() => expect(ofTwo).toEqual(["in service"]), { timeout: 10_000 });
    await must(
      service.from("devices").update({ retired_at: new Date().toISOString() }).eq("slug", "bench-2"),
    );
    const id = (await must(service.from("devices").select("id").eq("slug", "bench-2").single())).id as string;
    await must(
      service.rpc("report_device_status", {
        for_device_id: id,
        status: { agent_version: "1.0.0", state: "uploading", last_error: "retired" },
      }),
    );
    await vi.waitFor(() => expect(ofViewer).toContain("retired"), { timeout: 10_000 });
    expect(ofTwo).toEqual(["in service"]);
  });
});

async function must<T extends { data: unknown; error: unknown }>(
  answer: PromiseLike<T>,
): Promise<NonNullable<T["data"]>> {
  const { data, error } = await answer;
  if (error) throw error;
  return data as NonNullable<T["data"]>;
}
