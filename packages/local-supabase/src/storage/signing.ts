import { signToken, TokenError, verifyToken } from "../gate.ts";
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
  options: { expiresInSeconds: number },
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return signToken(secret, { ...claims, iat, exp: iat + options.expiresInSeconds });
}

/**
 * Checks a signed URL's token against the object it is used for. A download token does not upload, nor the reverse.
 * @throws {StorageApiError} InvalidJWT for one that does not verify or is past its time, InvalidSignature for another object's
 */
export async function verifySignedUrl(
  secret: string,
  token: string | undefined,
  use: { url: string; upload: boolean },
): Promise<SignedClaims> {
  if (!token) throw refuse.invalidRequest("querystring must have required property 'token'");
  const claims = await verifyToken(secret, token).catch((error: unknown) => {
    throw error instanceof TokenError ? refuse.invalidJwt(error.message) : error;
  });
  if (claims.url !== use.url || (claims.upload ?? false) !== use.upload) throw refuse.invalidSignature();
  return claims as unknown as SignedClaims;
}
