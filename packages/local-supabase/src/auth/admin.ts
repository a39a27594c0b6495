import { z } from "zod";
import { callerFromHeaders, TokenError } from "../gate.ts";
import { AuthRefusal } from "./auth-error.ts";
import { USER_INPUT, type UserInput, type Users } from "./users.ts";

const USERS_PATH = "/auth/v1/admin/users";
const PER_PAGE_MAX = 1000;

/** `/auth/v1/admin/users` as supabase-js's `auth.admin` calls it. Only the service key may. */
export async function answerAdmin(request: Request, users: Users, jwtSecret: string): Promise<Response> {
  await onlyServiceRole(request, jwtSecret);
  const url = new URL(request.url);
  if (url.pathname === USERS_PATH) {
    if (request.method === "GET") return list(url, users);
    if (request.method === "POST") return Response.json(await users.create(await input(request)));
  }
  const id = z.uuid().safeParse(url.pathname.slice(USERS_PATH.length + 1)).data;
  if (!id) throw new AuthRefusal(404, "user_not_found", "User not found");
  switch (request.method) {
    case "GET":
      return Response.json(await users.get(id));
    case "PUT":
      return Response.json(await users.update(id, await input(request)));
    case "DELETE":
      await users.delete(id);
      return Response.json({});
    default:
      return new Response(null, { status: 405, headers: { allow: "GET, PUT, DELETE" } });
  }
}

async function onlyServiceRole(request: Request, jwtSecret: string): Promise<void> {
  const caller = await callerFromHeaders(jwtSecret, request.headers).catch((error: unknown) => {
    if (error instanceof TokenError)
      throw new AuthRefusal(401, "no_authorization", "This endpoint requires a valid Bearer token");
    throw error;
  });
  if (caller.role !== "service_role") throw new AuthRefusal(403, "not_admin", "User not allowed");
}

async function list(url: URL, users: Users): Promise<Response> {
  const number = (name: string, fallback: number) =>
    Math.trunc(Number(url.searchParams.get(name) ?? fallback)) || fallback;
  const page = Math.max(1, number("page", 1));
  const perPage = Math.min(PER_PAGE_MAX, Math.max(1, number("per_page", 50)));
  const found = await users.list(page, perPage);
  const last = Math.max(1, Math.ceil(found.total / perPage));
  const link = (to: number, rel: string) => `<${url.pathname}?page=${to}&per_page=${perPage}>; rel="${rel}"`;
  const links = page < last ? [link(page + 1, "next"), link(last, "last")] : [link(last, "last")];
  return Response.json(
    { users: found.users, aud: "authenticated" },
    { headers: { "x-total-count": String(found.total), link: links.join(", ") } },
  );
}

async function input(request: Request): Promise<UserInput> {
  const body: unknown = await request.json().catch(() => undefined);
  const parsed = USER_INPUT.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.path[0] === "password") throw new AuthRefusal(422, "weak_password", issue.message);
  throw new AuthRefusal(400, "validation_failed", `${issue?.path.join(".") || "body"}: ${issue?.message}`);
}
