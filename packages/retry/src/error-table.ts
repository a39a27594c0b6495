import type { ErrorCode } from "@pilab/schema";

/**
 * What an outside code, message or status means. `token` = a new session may help; every other verdict is an
 * ErrorCode, and whether that is worth another try stands in ERRORS of `@pilab/schema`.
 */
export type Verdict = ErrorCode | "token";

/** Exact codes of Node, undici, Storage, PostgREST, Postgres and Auth. Codes missing here are decided by message. */
export const BY_CODE: Readonly<Record<string, Verdict>> = {
  // Node and undici: no answer came
  ECONNRESET: "network",
  ECONNREFUSED: "network",
  ECONNABORTED: "network",
  EPIPE: "network",
  ENOTFOUND: "network",
  EAI_AGAIN: "network",
  EHOSTUNREACH: "network",
  EHOSTDOWN: "network",
  ENETUNREACH: "network",
  ENETDOWN: "network",
  ENETRESET: "network",
  EADDRNOTAVAIL: "network",
  UND_ERR_SOCKET: "network",
  UND_ERR_CLOSED: "network",
  UND_ERR_DESTROYED: "network",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "network",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  UND_ERR_BODY_TIMEOUT: "timeout",
  UND_ERR_ABORTED: "aborted",
  ABORT_ERR: "aborted",
  // The file had more or fewer bytes than were announced.
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "file_changed",
  // A Pi without a clock finds every certificate too young or too old until its time is set.
  CERT_NOT_YET_VALID: "network",
  CERT_HAS_EXPIRED: "network",
  ERR_TLS_CERT_ALTNAME_INVALID: "server_lied",
  DEPTH_ZERO_SELF_SIGNED_CERT: "server_lied",
  SELF_SIGNED_CERT_IN_CHAIN: "server_lied",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "server_lied",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "server_lied",
  ERR_SSL_WRONG_VERSION_NUMBER: "server_lied", // https:// asked of a server that speaks http
  // Node: the local file
  ENOENT: "file_unreadable",
  EACCES: "file_unreadable",
  EPERM: "file_unreadable",
  EISDIR: "file_unreadable",
  EIO: "file_unreadable",

  // Storage. AccessDenied, InvalidRequest, DatabaseError and TusError are left out: their message decides.
  NoSuchBucket: "bucket_missing",
  NoSuchKey: "not_found",
  NoSuchUpload: "not_found",
  TenantNotFound: "not_found",
  KeyAlreadyExists: "already_exists",
  ResourceAlreadyExists: "already_exists",
  BucketAlreadyExists: "already_exists",
  EntityTooLarge: "too_large",
  InvalidMimeType: "unsupported_type",
  InvalidKey: "invalid_input",
  InvalidBucketName: "invalid_input",
  InvalidRange: "invalid_input",
  InvalidParameter: "invalid_input",
  MissingParameter: "invalid_input",
  MissingContentLength: "invalid_input",
  InvalidUploadId: "invalid_input",
  InvalidChecksum: "invalid_input",
  InvalidUploadSignature: "not_signed_in",
  InvalidSignature: "not_signed_in",
  SignatureDoesNotMatch: "not_signed_in",
  InvalidAccessKeyId: "not_signed_in",
  InvalidJWT: "token",
  ExpiredToken: "token",
  SlowDown: "rate_limited",
  DatabaseTimeout: "timeout",
  LockTimeout: "server_busy",
  ResourceLocked: "server_busy",
  InternalError: "server_error",

  // PostgREST
  PGRST000: "server_busy",
  PGRST001: "server_busy",
  PGRST002: "server_busy",
  PGRST003: "timeout",
  PGRST116: "not_found",
  PGRST200: "not_found",
  PGRST202: "not_found",
  PGRST204: "not_found",
  PGRST205: "not_found",
  PGRST301: "token",
  PGRST302: "token",
  PGRST303: "token",

  // Postgres: single states; whole classes stand in BY_SQLSTATE_CLASS
  "22P02": "invalid_input",
  "23505": "already_exists",
  "23514": "invalid_input",
  "23502": "invalid_input",
  "25006": "server_busy", // read-only: hosted Supabase while the disk is full
  "42501": "forbidden",
  "42P01": "not_found",
  "42883": "not_found",
  "55P03": "server_busy",
  "57014": "timeout",

  // Auth
  bad_jwt: "token",
  invalid_jwt: "token",
  no_authorization: "token",
  session_not_found: "token",
  session_expired: "token",
  refresh_token_not_found: "token",
  refresh_token_already_used: "token",
  invalid_credentials: "not_signed_in",
  email_not_confirmed: "not_signed_in",
  user_banned: "not_signed_in",
  not_admin: "forbidden",
  user_not_found: "not_found",
  email_exists: "already_exists",
  user_already_exists: "already_exists",
  validation_failed: "invalid_input",
  bad_json: "invalid_input",
  weak_password: "invalid_input",
  conflict: "server_busy", // Auth's word for two refreshes at once
  over_request_rate_limit: "rate_limited",
  over_email_send_rate_limit: "rate_limited",
  request_timeout: "timeout",
  hook_timeout: "timeout",
  unexpected_failure: "server_error",
};

/** The first two characters of a SQLSTATE, for states that {@link BY_CODE} does not name. */
export const BY_SQLSTATE_CLASS: Readonly<Record<string, Verdict>> = {
  "08": "server_busy", // connection
  "22": "invalid_input",
  "23": "conflict",
  "40": "server_busy", // serialization failure, deadlock
  "42": "invalid_input",
  "53": "server_busy", // out of connections, memory, disk
  "57": "server_busy", // shutting down, starting up
  "58": "server_error",
  P0: "invalid_input",
  XX: "server_error",
};

/** Messages, for errors whose code is missing or says too little. The first match wins. */
export const BY_MESSAGE: ReadonlyArray<readonly [RegExp, Verdict]> = [
  [/row-level security/i, "forbidden"],
  [/^role "[^"]*" does not exist/, "forbidden"],
  [/(invalid|no) api key/i, "not_signed_in"],
  [/invalid login credentials/i, "not_signed_in"],
  [/\bJW[ST]\b|"(exp|nbf|iat)" claim/i, "token"],
  [/token (is|has) (expired|invalid)|invalid token/i, "token"],
  [/required property 'authorization'|session missing/i, "token"],
  [/bucket not found/i, "bucket_missing"],
  [/already exists/i, "already_exists"],
  [/exceeded the maximum allowed size|maximum size exceeded/i, "too_large"],
  [/mime type .* is not supported/i, "unsupported_type"],
  [/^AbortError\b/, "aborted"],
  [/^TimeoutError\b/, "timeout"],
  // What supabase-js leaves of the TLS codes above.
  [
    /^Error: (self-signed certificate|unable to (verify the first|get local issuer) certificate)/,
    "server_lied",
  ],
  [/SSL routines:.*wrong version number/, "server_lied"],
  [/fetch failed|socket hang up|other side closed|network error/i, "network"],
];

/** HTTP statuses, for errors that nothing above decides. Other 4xx are `invalid_input`, other 5xx `server_error`. */
export const BY_STATUS: Readonly<Record<number, Verdict>> = {
  0: "network", // supabase-js: no answer
  401: "token",
  403: "forbidden",
  404: "not_found",
  408: "timeout",
  409: "conflict",
  410: "not_found",
  412: "conflict",
  413: "too_large",
  415: "unsupported_type",
  423: "server_busy",
  425: "server_busy",
  429: "rate_limited",
  502: "server_busy",
  503: "server_busy",
  504: "timeout",
  544: "timeout", // Storage: database timeout
};
