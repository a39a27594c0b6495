import { PilabError } from "@pilab/schema";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Engine, Tx } from "./engine.ts";

/** The roles a request may have. A token that names another (`postgres`, say) is refused: it would run as superuser. */
const API_ROLES = ["anon", "authenticated", "service_role"] as const;

/** Who asks: the role and claims of a verified token, and the request's headers in lower case. */
export interface Caller {
  role: (typeof API_ROLES)[number];
  claims: Record<string, unknown>;
  headers: Record<string, string>;
}

/** Runs `fn` in one short transaction with the caller's role and claims: the only way by which a request reaches SQL. */
export type AsCaller = <T>(caller: Caller, fn: (tx: Tx) => Promise<T>) => Promise<T>;

/** Makes the gate of one engine. */
export function createGate(engine: Engine): AsCaller {
  return (caller, fn) =>
    engine.transaction(async (tx) => {
      await enter(tx, caller);
      return fn(tx);
    });
}

/** Gives an open transaction the caller's role, claims and headers; they end with the transaction. */
export async function enter(tx: Tx, caller: Caller): Promise<void> {
  const { sub } = caller.claims;
  await tx.query(ENTER, [
    // Types end where JavaScript begins: look again before a role becomes SQL.
    callerRole({ role: caller.role }),
    JSON.stringify(caller.claims),
    typeof sub === "string" ? sub : "",
    JSON.stringify(caller.headers),
  ]);
}

// The role comes last: whatever is set before it is set by the owner, whatever runs after it runs as the caller.
const ENTER = `select set_config('request.jwt.claims', $2, true), set_config('request.jwt.claim.sub', $3, true),
  set_config('request.jwt.claim.role', $1, true), set_config('request.headers', $4, true), set_config('role', $1, true)`;

/** Why a request has no caller. */
export type TokenFault = "missing" | "malformed" | "signature" | "expired" | "not_yet" | "role";

/** Thrown by {@link callerFromHeaders} and {@link verifyToken}; each surface renders it in its own shape. */
export class TokenError extends PilabError {
  readonly fault: TokenFault;
  constructor(fault: TokenFault, message: string, cause?: unknown) {
    super(fault === "role" ? "forbidden" : "not_signed_in", message, { cause });
    this.fault = fault;
  }
}

/**
 * Finds the caller by the JWT in `Authorization: Bearer`, else in `apikey` (header or query).
 * @throws {TokenError} when there is no token, or one that does not verify
 */
export async function callerFromHeaders(
  jwtSecret: string,
  headers: Headers,
  query?: URLSearchParams,
): Promise<Caller> {
  const bearer = /^bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const token = bearer ?? headers.get("apikey") ?? query?.get("apikey");
  if (!token) throw new TokenError("missing", "No API key found in request");
  return callerFromToken(jwtSecret, token, withoutCredentials(headers));
}

/**
 * The caller that a token alone names.
 * @throws {TokenError}
 */
export async function callerFromToken(
  jwtSecret: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<Caller> {
  const claims = await verifyToken(jwtSecret, token);
  return { role: callerRole(claims), claims, headers };
}

/** The role a token's claims name, when it is one that may call the API. */
function callerRole(claims: Record<string, unknown>): Caller["role"] {
  const role = API_ROLES.find((name) => name === claims.role);
  if (!role)
    throw new TokenError("role", `role ${JSON.stringify(claims.role ?? null)} may not call this API`);
  return role;
}

/**
 * Verifies a token and gives its claims. The messages are jose's, which are those of the real Storage server.
 * @throws {TokenError}
 */
export async function verifyToken(jwtSecret: string, token: string): Promise<Record<string, unknown>> {
  try {
    // The algorithm is ours to say, not the token's: "none" and RS256 end here.
    const { payload } = await jwtVerify(token, Buffer.from(jwtSecret), { algorithms: ["HS256"] });
    return payload;
  } catch (error) {
    throw new TokenError(faultOf(error), (error as Error).message, error);
  }
}

/** Signs claims with HS256, as Auth and the key generator do. */
export function signToken(jwtSecret: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(jwtSecret));
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return "expired";
  if (error instanceof errors.JWTClaimValidationFailed) return "not_yet";
  const known =
    error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed;
  return known ? "signature" : "malformed";
}

/** Credentials stay out of SQL, where functions and logs could see them. */
function withoutCredentials(headers: Headers): Record<string, string> {
  const { authorization: _, apikey: __, cookie: ___, ...visible } = Object.fromEntries(headers);
  return visible;
}
