import { createHmac } from "node:crypto";
import { TokenError, verifyToken } from "../gate.ts";
import { refuse } from "./errors.ts";

/** What a signed URL's token says. It has no role, so it opens nothing but its one object. */
export interface SignedClaims {
  /** `bucket/name` */
  url: string;
  iat: number;
  exp: number;
  /** In upload tokens: whose object it will be, and whether it may replace one. */
  upload?: true;
  owner?: string | null;
  upsert?: boolean;
}

/** Signs a token that is good for `expiresInSeconds`. */
export function signUrl(
  secret: string,
  claims: Omit<SignedClaims, "iat" | "exp">,
  options: { expiresInSeconds: number; now?: () => number },
): string {
  const iat = Math.floor((options.now ?? Date.now)() / 1000);
  const payload: SignedClaims = { ...claims, iat, exp: iat + options.expiresInSeconds };
  const text = [{ alg: "HS256", typ: "JWT" }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/**
 * Checks a signed URL's token against the object it is used for. A download token does not upload, nor the reverse.
 * @throws {StorageApiError} InvalidJWT for one that does not verify or is past its time, InvalidSignature for another object's
 */
export function verifySignedUrl(
  secret: string,
  token: string | undefined,
  use: { url: string; upload: boolean },
): SignedClaims {
  if (!token) throw refuse.invalidRequest("querystring must have required property 'token'");
  let claims: SignedClaims;
  try {
    claims = verifyToken(secret, token) as unknown as SignedClaims;
  } catch (error) {
    if (error instanceof TokenError) throw refuse.invalidJwt(error.message);
    throw error;
  }
  if (claims.url !== use.url || (claims.upload ?? false) !== use.upload) throw refuse.invalidSignature();
  return claims;
}
