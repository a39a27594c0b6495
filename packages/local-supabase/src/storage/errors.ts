import { TokenError } from "../gate.ts";

/**
 * An answer that refuses, as the real Storage server words it. Nearly all of them travel as HTTP 400 with the
 * true status in the body; TUS alone uses the true status (see {@link httpStatus}).
 */
export class StorageApiError extends Error {
  override readonly name = "StorageApiError";
  readonly statusCode: number;
  readonly code: string;
  readonly error: string;

  constructor(
    statusCode: number,
    code: string,
    message: string,
    options: { error?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.statusCode = statusCode;
    this.code = code;
    this.error = options.error ?? code;
  }
}

/** Every refusal of this server, by its code. */
export const refuse = {
  noSuchBucket: () =>
    new StorageApiError(404, "NoSuchBucket", "Bucket not found", { error: "Bucket not found" }),
  noSuchKey: () => new StorageApiError(404, "NoSuchKey", "Object not found", { error: "not_found" }),
  keyAlreadyExists: (cause?: unknown) => duplicate("KeyAlreadyExists", cause),
  bucketAlreadyExists: (cause?: unknown) => duplicate("BucketAlreadyExists", cause),
  bucketNotEmpty: () =>
    new StorageApiError(409, "ResourceNotEmpty", "The bucket you tried to delete is not empty"),
  accessDenied: (message: string, cause?: unknown) =>
    new StorageApiError(403, "AccessDenied", message, { error: "Unauthorized", cause }),
  entityTooLarge: () =>
    new StorageApiError(413, "EntityTooLarge", "The object exceeded the maximum allowed size", {
      error: "Payload too large",
    }),
  invalidMimeType: (type: string) =>
    new StorageApiError(415, "InvalidMimeType", `mime type ${type} is not supported`, {
      error: "invalid_mime_type",
    }),
  invalidKey: (key: string) => new StorageApiError(400, "InvalidKey", `Invalid key: ${key}`),
  invalidBucketName: () =>
    new StorageApiError(400, "InvalidBucketName", "Bucket name invalid", { error: "Invalid Input" }),
  invalidFileSize: () =>
    new StorageApiError(400, "InvalidRequest", "Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B"),
  invalidRequest: (message: string) => new StorageApiError(400, "InvalidRequest", message),
  invalidParameter: (message: string, cause?: unknown) =>
    new StorageApiError(400, "InvalidParameter", message, { cause }),
  invalidJwt: (message: string) => new StorageApiError(400, "InvalidJWT", message),
  invalidSignature: () => new StorageApiError(400, "InvalidSignature", "Invalid signature"),
  invalidRange: () =>
    new StorageApiError(400, "InvalidRange", "invalid range provided", { error: "invalid_range" }),
  resourceLocked: (cause: unknown) =>
    new StorageApiError(423, "ResourceLocked", "The resource is locked", { cause }),
  databaseTimeout: (cause: unknown) =>
    new StorageApiError(544, "DatabaseTimeout", "The connection to the database timed out", { cause }),
  databaseBusy: (cause: unknown) =>
    new StorageApiError(
      503,
      "DatabaseConnectionLimit",
      "The database has reached its maximum number of connections. Please try again later.",
      { cause },
    ),
  databaseError: (message: string, cause?: unknown) =>
    new StorageApiError(500, "DatabaseError", message, { cause }),
  internal: (cause: unknown) => new StorageApiError(500, "InternalError", "Internal server error", { cause }),
};

function duplicate(code: string, cause: unknown): StorageApiError {
  return new StorageApiError(409, code, "The resource already exists", { error: "Duplicate", cause });
}

/** What any failure of a request is on the wire. */
export function toStorageApiError(error: unknown): StorageApiError {
  if (error instanceof StorageApiError) return error;
  if (error instanceof TokenError) return fromTokenError(error);
  const state = sqlState(error);
  return state === undefined ? refuse.internal(error) : fromSqlState(state, error as Error);
}

function fromTokenError(error: TokenError): StorageApiError {
  if (error.fault === "missing")
    return refuse.invalidRequest("headers must have required property 'authorization'");
  if (error.fault === "role") return refuse.databaseError(error.message, error);
  return refuse.accessDenied(error.message, error);
}

function fromSqlState(state: string, error: Error): StorageApiError {
  switch (state) {
    case "42501":
      return refuse.accessDenied("new row violates row-level security policy", error);
    case "23505":
      return refuse.keyAlreadyExists(error);
    case "23503": // the bucket went away between the check and the row
      return refuse.noSuchBucket();
    case "22P02": // a policy's auth.uid() on a sub that is no UUID
      return refuse.invalidParameter(error.message, error);
    case "55P03":
    case "55P04":
      return refuse.resourceLocked(error);
    case "57014":
      return refuse.databaseTimeout(error);
    case "53300":
    case "57P03":
      return refuse.databaseBusy(error);
    default:
      return refuse.databaseError(error.message, error);
  }
}

/** The SQLSTATE of an error that Postgres itself answered, else undefined (a lost connection, a fault of ours). */
export function sqlState(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  // No class of SQLSTATE begins with E, but EPERM and its kin do.
  return typeof code === "string" && /^(?!E)[0-9A-Z]{5}$/.test(code) && error instanceof Error
    ? code
    : undefined;
}

/**
 * Whether we or Postgres refused inside a transaction, so that nothing was committed. After a lost connection or a
 * stopped server (classes 08 and 57) nobody knows.
 */
export function isRefusal(error: unknown): boolean {
  if (error instanceof StorageApiError) return true;
  const state = sqlState(error);
  return state !== undefined && !state.startsWith("08") && !state.startsWith("57");
}

/** The status line that goes with an error's body outside TUS. */
export function httpStatus(error: StorageApiError): 400 | 500 {
  return error.statusCode === 500 ? 500 : 400;
}

/** The body of a refusal; {@link StorageApiError} on the wire. */
export function errorBody({ statusCode, error, message, code }: StorageApiError): Record<string, string> {
  return { statusCode: String(statusCode), error, message, code };
}
