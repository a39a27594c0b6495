/** Stands in every place where a secret was. */
export const REDACTED = "[redacted]";

// Compared without case, "-" and "_": service_role_key, serviceRoleKey and SERVICE-ROLE-KEY are one name.
const SECRET_KEY =
  /(authorization|password|passwd|passphrase|secret|token|jwt|cookie|credentials|apikey|secretkey|privatekey|signingkey|anonkey|publishablekey|rolekey|servicekey|accesskey|signedurl)$/;

// What is secret whatever it stands in: messages, error texts, stacks, URLs, quoted JSON. [pattern, replacement]
const SECRET_TEXT: ReadonlyArray<readonly [RegExp, string]> = [
  [/\beyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/g, REDACTED], // a JWT
  [/\bsb_secret_[\w-]+/g, REDACTED], // Supabase's newer service key
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/((?:token|apikey|password|passwd|secret|signature)=)[^&\s"'\\<>#]+/gi, `$1${REDACTED}`], // signed URLs, .env lines
  [/((?:token|apikey|password|passwd|secret|_key)\\*"\s*:\s*\\*")[^"\\]+/gi, `$1${REDACTED}`],
  [/(:\/\/[^\s:/@"\\]*:)[^\s@/"\\]+@/g, `$1${REDACTED}@`], // postgres://user:password@host
];

// An error, its cause, the cause's cause, their details and what these hold.
const DEPTH_MAX = 8;

/** Takes tokens, keys and passwords out of a text; works on a serialised JSON line too and leaves it valid. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/**
 * A copy of the fields of a log line: what stands under a secret's name is replaced at any depth, errors become plain
 * objects with their causes, bytes only their number. Never throws.
 */
export function redactKeys(fields: object): Record<string, unknown> {
  try {
    return copy({ ...fields }, new Set()) as Record<string, unknown>;
  } catch (error) {
    return { unloggable: error instanceof Error ? error.message : "unknown" };
  }
}

function copy(value: unknown, parents: Set<object>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (parents.has(value)) return "[circular]";
  if (parents.size >= DEPTH_MAX) return Array.isArray(value) ? "[array]" : "[object]";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  parents.add(value);
  const copied = copyObject(value, parents);
  parents.delete(value);
  return copied;
}

function copyObject(value: object, parents: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item, parents));
  const isError = value instanceof Error;
  if (!isError && "toJSON" in value && typeof value.toJSON === "function")
    return copy(value.toJSON(), parents);
  const entries = Object.entries(isError ? errorFields(value) : value);
  return Object.fromEntries(entries.map(([key, item]) => [key, copyEntry(key, item, parents)]));
}

function copyEntry(key: string, item: unknown, parents: Set<object>): unknown {
  const tellsNothing = item === null || item === undefined || typeof item === "boolean" || item === "";
  if (!tellsNothing && SECRET_KEY.test(key.toLowerCase().replaceAll(/[-_]/g, ""))) return REDACTED;
  return copy(item, parents);
}

/** As pino writes errors, but cause and errors stay fields of their own: each keeps its code. */
function errorFields(error: Error): Record<string, unknown> {
  const { name: type, message, stack, cause } = error;
  const { name: _name, ...own } = { ...error } as Record<string, unknown>;
  const errors = error instanceof AggregateError ? { errors: error.errors } : undefined;
  return { type, message, stack, ...own, ...(cause !== undefined && { cause }), ...errors };
}
