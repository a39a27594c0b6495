import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import type { Engine, Tx } from "./engine.ts";
import { type Caller, callerFromHeaders, createGate, signToken, verifyToken } from "./gate.ts";

const SECRET = "a-secret-of-at-least-thirty-two-characters";
const token = (claims: Record<string, unknown>) => signToken(SECRET, { role: "anon", ...claims });

describe("callerFromHeaders", () => {
  it("prefers the bearer token to the API key", async () => {
    const headers = new Headers({
      apikey: await token({}),
      authorization: `Bearer ${await token({ role: "service_role" })}`,
    });
    expect((await callerFromHeaders(SECRET, headers)).role).toBe("service_role");
  });

  it("takes the API key of a header or of the query when there is no other", async () => {
    const key = await token({});
    expect((await callerFromHeaders(SECRET, new Headers({ apikey: key }))).role).toBe("anon");
    const query = new URLSearchParams({ apikey: key });
    expect((await callerFromHeaders(SECRET, new Headers(), query)).role).toBe("anon");
  });

  it("keeps credentials out of the headers that SQL can read", async () => {
    const headers = new Headers({
      ...{ apikey: await token({}), authorization: `Bearer ${await token({})}`, cookie: "a=b" },
      "X-Correlation-Id": "id",
    });
    expect((await callerFromHeaders(SECRET, headers)).headers).toEqual({ "x-correlation-id": "id" });
  });

  it("refuses a request without a token", async () => {
    await expect(callerFromHeaders(SECRET, new Headers())).rejects.toMatchObject({
      fault: "missing",
      code: "not_signed_in",
    });
  });

  it.each(["postgres", "supabase_admin", "", 7, null, undefined])(
    "refuses a valid token of role %j",
    async (role) => {
      const headers = new Headers({ apikey: await token({ role }) });
      await expect(callerFromHeaders(SECRET, headers)).rejects.toMatchObject({
        fault: "role",
        code: "forbidden",
      });
    },
  );
});

describe("verifyToken", () => {
  const past = Math.floor(Date.now() / 1000) - 10;
  const future = past + 3600;
  const unsigned = `${part({ alg: "none" })}.${part({ role: "service_role" })}.`;

  it.each<[string, () => Promise<string> | string, string, string]>([
    ["nonsense", () => "nonsense", "malformed", "Invalid Compact JWS"],
    ["an expired token", () => token({ exp: past }), "expired", '"exp" claim timestamp check failed'],
    ["a token of tomorrow", () => token({ nbf: future }), "not_yet", '"nbf" claim timestamp check failed'],
    [
      "a token of another secret",
      () => signToken(`${SECRET}!`, { role: "anon" }),
      "signature",
      "signature verification failed",
    ],
    [
      "an unsigned token",
      () => unsigned,
      "signature",
      '"alg" (Algorithm) Header Parameter value not allowed',
    ],
    [
      "another algorithm",
      () => new SignJWT({}).setProtectedHeader({ alg: "HS512" }).sign(Buffer.from(SECRET.repeat(2))),
      "signature",
      '"alg" (Algorithm) Header Parameter value not allowed',
    ],
  ])("refuses %s", async (_, make, fault, message) => {
    await expect(verifyToken(SECRET, await make())).rejects.toMatchObject({ fault, message });
  });

  function part(value: object): string {
    return Buffer.from(JSON.stringify(value)).toString("base64url");
  }
});

describe("createGate", () => {
  it("gives no statement to a caller whose role is not on the list, whatever its type says", async () => {
    const statements: string[] = [];
    const tx: Tx = {
      query: async (sql) => {
        statements.push(sql);
        return { rows: [], affected: 0 };
      },
      exec: async () => {},
    };
    const engine = { transaction: <T>(fn: (tx: Tx) => Promise<T>) => fn(tx) } as Engine;
    const caller = { role: "postgres", claims: {}, headers: {} } as unknown as Caller;
    await expect(createGate(engine)(caller, async (open) => open.query("select 1"))).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(statements).toEqual([]);
  });
});
