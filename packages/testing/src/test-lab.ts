import { createHash, randomUUID } from "node:crypto";
import type { Database } from "@pilab/schema";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { startTestSupabase, type TestSupabase } from "./test-supabase.ts";

/** A client of the generated schema. */
export type LabClient = SupabaseClient<Database>;
/** An item of `log_captures`, or something that should be one. */
export type Item = Record<string, unknown>;

/** One local Supabase with the means to fill it as a lab would. */
export interface TestLab {
  supabase: TestSupabase;
  service: LabClient;
  anon: LabClient;
  /** A signed-in person; null has no pilab_role. */
  signIn(role: "viewer" | "operator" | "admin" | null): Promise<LabClient>;
  /** A device with an account of its own, signed in. */
  addDevice(slug: string): Promise<TestDevice>;
  /** A client with a token of one's own making. */
  withToken(token: string): LabClient;
  stop(): Promise<void>;
}

/** A device of a {@link TestLab}. */
export interface TestDevice {
  id: string;
  slug: string;
  userId: string;
  client: LabClient;
  /** The access token of its session. */
  token: string;
  /**
   * Puts an object of `sizeBytes` into storage.objects, as if it had been uploaded, and returns an item about it. What is
   * proved with it is the catalogue; uploads have suites of their own.
   */
  place(name: string, fields?: Item): Promise<Item>;
  /** `log_captures` as the device; throws what the call answers with. */
  log(items: Item[], headers?: Record<string, string>): Promise<Outcome[]>;
}

/** A row that `log_captures` returns. */
type Outcome = Database["public"]["Functions"]["log_captures"]["Returns"][number];

/** Starts one. */
export async function startTestLab(engine: "pglite" | "postgres" = "pglite"): Promise<TestLab> {
  const supabase = await startTestSupabase({ engine });
  const connect = (key: string, token?: string): LabClient =>
    createClient<Database>(supabase.url, key, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      ...(token && { accessToken: async () => token }),
    });
  const service = connect(supabase.serviceRoleKey);
  const withToken = (token: string) => connect(supabase.anonKey, token);

  const makeAccount = async (appMetadata: object) => {
    const [email, password] = [`${randomUUID()}@lab.test`, randomUUID()];
    const made = await service.auth.admin.createUser({
      email,
      password,
      email_confirm: true,
      app_metadata: appMetadata,
    });
    const session = await connect(supabase.anonKey).auth.signInWithPassword({ email, password });
    if (!made.data.user || !session.data.session) throw made.error ?? session.error;
    return { userId: made.data.user.id, token: session.data.session.access_token };
  };

  return {
    supabase,
    service,
    anon: connect(supabase.anonKey),
    withToken,
    signIn: async (role) => withToken((await makeAccount(role ? { pilab_role: role } : {})).token),
    async addDevice(slug) {
      const { userId, token } = await makeAccount({});
      const { data, error } = await service
        .from("devices")
        .insert({ slug, name: slug, user_id: userId })
        .select("id")
        .single();
      if (error) throw error;
      const client = withToken(token);
      return {
        id: data.id,
        slug,
        userId,
        client,
        token,
        place: async (name, fields = {}) => {
          const item = itemAt(`${slug}/${name}`, fields);
          await placeObject(supabase, item);
          return item;
        },
        async log(items, headers = {}) {
          let call = client.rpc("log_captures", { captures: items as never });
          for (const [name, value] of Object.entries(headers)) call = call.setHeader(name, value);
          return (await call.throwOnError()).data;
        },
      };
    },
    stop: () => supabase.stop(),
  };
}

/** An item whose hash comes from its path. */
export function itemAt(objectPath: string, fields: Item = {}): Item {
  return {
    bucket_id: "pilab-dev",
    object_path: objectPath,
    file_name: objectPath.split("/").at(-1),
    sha256: sha256(objectPath),
    size_bytes: 1000,
    content_type: "image/jpeg",
    captured_at: "2025-06-15T12:00:00.000Z",
    captured_at_source: "exif",
    captured_at_trusted: true,
    ...fields,
  };
}

/** Puts the object that an item tells of into storage.objects. */
async function placeObject(supabase: TestSupabase, item: Item): Promise<void> {
  await supabase.sql.transaction((tx) =>
    tx.query(
      "insert into storage.objects (bucket_id, name, metadata) values ($1, $2, jsonb_build_object('size', $3::bigint))",
      [item.bucket_id, item.object_path, item.size_bytes],
    ),
  );
}

/** Makes an object vanish from storage.objects, as an accident of the Storage service would. */
export async function loseObject(supabase: TestSupabase, item: Item): Promise<void> {
  await supabase.sql.transaction(async (tx) => {
    await tx.exec("set local storage.allow_delete_query = 'true'");
    await tx.query("delete from storage.objects where bucket_id = $1 and name = $2", [
      item.bucket_id,
      item.object_path,
    ]);
  });
}

/** Lower-case hex. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
