import { refuse } from "./errors.ts";

// The characters S3 calls safe, and those it asks to be handled with care. No umlaut, no "#", "[", "~".
const KEY = /^[\w/!\-.*'() &$@=;:+,?]+$/;
const BUCKET = /^[\w!\-.*'() &$@=;:+,?]{1,100}$/;
const MAX_KEY_LENGTH = 1024;

/** @throws {StorageApiError} InvalidKey */
export function mustBeValidKey(key: string): void {
  if (!KEY.test(key) || key.length > MAX_KEY_LENGTH) throw refuse.invalidKey(key);
}

/** @throws {StorageApiError} InvalidBucketName */
export function mustBeValidBucketName(name: string): void {
  if (!BUCKET.test(name)) throw refuse.invalidBucketName();
}

/**
 * Compares exactly, case and parameters included, as the real server does: `image/JPEG` is not `image/jpeg`.
 * Only a whole subtype may be left open (`image/*`).
 * @throws {StorageApiError} InvalidMimeType
 */
export function mustBeAllowedType(mimetype: string, allowed: string[] | null): void {
  if (!allowed || allowed.length === 0) return;
  const [type] = mimetype.split("/");
  if (!allowed.some((entry) => entry === mimetype || entry === "*/*" || entry === `${type}/*`)) {
    throw refuse.invalidMimeType(mimetype);
  }
}

const UNITS: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 };

/** `20MB` → 20000000; numbers and null as they are. @throws {StorageApiError} InvalidRequest */
export function parseFileSizeLimit(limit: number | string | null | undefined): number | null {
  if (limit === null || limit === undefined) return null;
  if (typeof limit === "number") return limit;
  const match = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)?$/i.exec(limit.trim());
  if (!match) throw refuse.invalidFileSize();
  return Math.round(Number(match[1]) * (UNITS[(match[2] ?? "b").toLowerCase()] ?? 1));
}
