import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Engine, Tx } from "../engine.ts";
import { AuthRefusal } from "./auth-error.ts";

const METADATA = z.record(z.string(), z.unknown());

/** What `auth.admin.createUser` sends, as far as it means something here. */
export const USER_INPUT = z.object({
  id: z.uuid().optional(),
  email: z
    .email()
    .max(255)
    .transform((email) => email.toLowerCase())
    .optional(),
  password: z.string().min(6, "Password should be at least 6 characters.").max(72).optional(),
  email_confirm: z.boolean().optional(),
  role: z.enum(["authenticated", "service_role"]).optional(),
  app_metadata: METADATA.optional(),
  user_metadata: METADATA.optional(),
  /** A Go duration (`24h`, `1h30m`), or `none` to lift a ban. */
  ban_duration: z.string().transform(banSeconds).optional(),
});

/** See {@link USER_INPUT}. */
export type UserInput = z.infer<typeof USER_INPUT>;

/** A user as GoTrue's JSON has it. */
type User = { id: string; app_metadata: Record<string, unknown> } & Record<string, unknown>;

/** The accounts in `auth.users`, for the service key only. */
export interface Users {
  create(input: UserInput): Promise<User>;
  list(page: number, perPage: number): Promise<{ users: User[]; total: number }>;
  get(id: string): Promise<User>;
  update(id: string, input: UserInput): Promise<User>;
  delete(id: string): Promise<void>;
}

/** Makes {@link Users} over one database. They run as its owner, as GoTrue has a database role of its own. */
export function createUsers(engine: Engine): Users {
  return {
    create: (input) => engine.transaction((tx) => create(tx, input)).catch(explain),
    list: (page, perPage) => engine.transaction((tx) => list(tx, page, perPage)),
    get: (id) => engine.transaction((tx) => get(tx, id)),
    update: (id, input) => engine.transaction((tx) => update(tx, id, input)).catch(explain),
    delete: (id) =>
      engine.transaction(async (tx) => {
        const { affected } = await tx.query("delete from auth.users where id = $1", [id]);
        if (affected === 0) throw notFound();
        // lite's refresh tokens name their user without a foreign key.
        await tx.query("delete from auth.refresh_tokens where user_id = $1", [id]);
      }),
  };
}

async function create(tx: Tx, input: UserInput): Promise<User> {
  if (input.email === undefined) {
    throw new AuthRefusal(400, "validation_failed", "Cannot create a user without an email");
  }
  const id = input.id ?? randomUUID();
  await tx.query(
    `insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
     values ($1, 'authenticated', coalesce($2, 'authenticated'), $3, case when $4::boolean then now() end, $5::jsonb, $6::jsonb)`,
    [
      id,
      input.role ?? null,
      input.email,
      input.email_confirm ?? false,
      JSON.stringify({ provider: "email", providers: ["email"], ...input.app_metadata }),
      JSON.stringify(input.user_metadata ?? {}),
    ],
  );
  await tx.query(
    "insert into auth.identities (id, provider, provider_id, user_id, identity_data) values ($1, 'email', $2::text, $2::uuid, $3::jsonb)",
    [
      randomUUID(),
      id,
      JSON.stringify({ sub: id, email: input.email, email_verified: false, phone_verified: false }),
    ],
  );
  await setCredentials(tx, id, input);
  return get(tx, id);
}

async function update(tx: Tx, id: string, input: UserInput): Promise<User> {
  const { affected } = await tx.query(
    `update auth.users set role = coalesce($2, role), email = coalesce($3, email), updated_at = now(),
       email_confirmed_at = case when $4::boolean then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
       raw_app_meta_data = ${merged("raw_app_meta_data", "$5")},
       raw_user_meta_data = ${merged("raw_user_meta_data", "$6")}
     where id = $1`,
    [
      id,
      input.role ?? null,
      input.email ?? null,
      input.email_confirm ?? false,
      JSON.stringify(input.app_metadata ?? {}),
      JSON.stringify(input.user_metadata ?? {}),
    ],
  );
  if (affected === 0) throw notFound();
  if (input.email !== undefined) {
    await tx.query(
      "update auth.identities set identity_data = identity_data || $2::jsonb, updated_at = now() where user_id = $1 and provider = 'email'",
      [id, JSON.stringify({ email: input.email })],
    );
  }
  await setCredentials(tx, id, input);
  return get(tx, id);
}

/** Keys given replace keys stored; a key given as null goes. */
function merged(column: string, changes: string): string {
  return `(select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(coalesce(${column}, '{}') || ${changes}::jsonb)
    where jsonb_typeof(value) <> 'null')`;
}

/** A new password ends every session, as does a ban: the device or person that holds one must sign in again. */
async function setCredentials(tx: Tx, id: string, { password, ban_duration }: UserInput): Promise<void> {
  if (password !== undefined) {
    const { rows } = await tx.query<{ schema: string }>(
      "select quote_ident(nspname) as schema from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'pgcrypto'",
    );
    const schema = rows[0]?.schema ?? "extensions";
    await tx.query(
      `update auth.users set encrypted_password = ${schema}.crypt($2, ${schema}.gen_salt('bf', 10)), updated_at = now() where id = $1`,
      [id, password],
    );
  }
  if (ban_duration !== undefined) {
    await tx.query(
      "update auth.users set banned_until = case when $2::float8 > 0 then now() + make_interval(secs => $2::float8) end where id = $1",
      [id, ban_duration],
    );
  }
  if (password !== undefined || ban_duration)
    await tx.query("delete from auth.sessions where user_id = $1", [id]);
}

async function list(tx: Tx, page: number, perPage: number): Promise<{ users: User[]; total: number }> {
  const { rows } = await tx.query<{ users: User[]; total: number }>(
    `select (select count(*) from auth.users) as total, coalesce((select jsonb_agg(${USER_JSON} order by u.created_at desc, u.id) from
       (select * from auth.users order by created_at desc, id limit $1 offset $2) as u), '[]') as users`,
    [perPage, (page - 1) * perPage],
  );
  return rows[0] ?? { users: [], total: 0 };
}

async function get(tx: Tx, id: string): Promise<User> {
  const { rows } = await tx.query<{ user: User }>(
    `select ${USER_JSON} as user from auth.users u where id = $1`,
    [id],
  );
  if (!rows[0]) throw notFound();
  return rows[0].user;
}

const USER_JSON = `jsonb_build_object('id', u.id, 'aud', u.aud, 'role', u.role, 'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''),
  'app_metadata', coalesce(u.raw_app_meta_data, '{}'), 'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
  'identities', (select coalesce(jsonb_agg(jsonb_build_object('identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id,
    'identity_data', i.identity_data, 'provider', i.provider, 'email', i.email, 'last_sign_in_at', i.last_sign_in_at,
    'created_at', i.created_at, 'updated_at', i.updated_at)), '[]') from auth.identities i where i.user_id = u.id),
  'created_at', u.created_at, 'updated_at', u.updated_at, 'is_anonymous', u.is_anonymous)
  || jsonb_strip_nulls(jsonb_build_object('email_confirmed_at', u.email_confirmed_at, 'confirmed_at', u.confirmed_at,
    'last_sign_in_at', u.last_sign_in_at, 'banned_until', u.banned_until))`;

function notFound(): AuthRefusal {
  return new AuthRefusal(404, "user_not_found", "User not found");
}

function explain(error: unknown): never {
  if (error instanceof Error && "code" in error && error.code === "23505") {
    throw new AuthRefusal(422, "email_exists", "A user with this email address has already been registered");
  }
  throw error;
}

function banSeconds(duration: string, context: z.RefinementCtx): number {
  if (duration === "none") return 0;
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration) {
    context.addIssue({ code: "custom", message: `invalid format for ban duration: ${duration}` });
    return z.NEVER;
  }
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * { h: 3600, m: 60, s: 1 }[unit as "h" | "m" | "s"],
    0,
  );
}
