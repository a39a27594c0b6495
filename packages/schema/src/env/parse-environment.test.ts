import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { isPilabError } from "../errors.ts";
import {
  chunkEnv,
  dashboardEnv,
  logEnv,
  parseEnvironment,
  retryEnv,
  storageEnv,
  supabaseClientEnv,
  supabaseEnv,
  supabaseServiceEnv,
} from "../index.ts";

const parts = {
  supabase: supabaseEnv,
  storage: storageEnv,
  log: logEnv,
  retry: retryEnv,
  chunk: chunkEnv,
  dashboard: dashboardEnv,
};

/** A JWT as Supabase's older keys are. */
const key = (role: string) =>
  `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ role })).toString("base64url")}.sig`;

function fault(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isPilabError(error)) return error;
  }
  throw new Error("no PilabError was thrown");
}

test("an empty environment gives the defaults of the design, seconds as milliseconds", () => {
  expect(parseEnvironment(parts, {})).toEqual({
    supabase: { url: "http://127.0.0.1:54321", anonKey: undefined, serviceKey: undefined },
    storage: { bucket: "pilab-dev", maxFileSizeBytes: 26_214_400 },
    log: { level: "info", format: "json", logDir: undefined },
    retry: { maxAttempts: 3, baseDelayMs: 1000, maxDelayMs: 60_000, jitter: 0.1 },
    chunk: { chunkSize: 100, maxChunks: 1000, chunkDelayMs: 100, failFastThreshold: 0.1 },
    dashboard: { port: 3000, host: "127.0.0.1", metricsToken: undefined },
  });
});

test("the original's .env file is understood", () => {
  const source = {
    SUPABASE_URL: "http://localhost:54321",
    SUPABASE_ANON_KEY: "your_anon_key_here",
    SUPABASE_SERVICE_ROLE_KEY: "your_service_role_key_here",
    STORAGE_BUCKET: "pilab-dev",
    MAX_FILE_SIZE: "26214400",
    LOG_LEVEL: "INFO",
    LOG_FORMAT: "json",
    LOG_DIR: "logs",
    RETRY_MAX_ATTEMPTS: "3",
    RETRY_BASE_DELAY: "1.0",
    RETRY_MAX_DELAY: "60.0",
    RETRY_JITTER: "0.1",
    CHUNK_SIZE: "50",
    MAX_CHUNKS: "1000",
    CHUNK_DELAY: "0.2",
    FAIL_FAST_THRESHOLD: "0.1",
    FLASK_PORT: "5000",
  };
  const env = parseEnvironment(parts, source);
  expect(env.supabase).toEqual({
    url: "http://localhost:54321",
    anonKey: "your_anon_key_here",
    serviceKey: "your_service_role_key_here",
  });
  expect(env.log).toEqual({ level: "info", format: "json", logDir: "logs" });
  expect(env.chunk).toMatchObject({ chunkSize: 50, chunkDelayMs: 200 });
});

test("one part alone gives just its values", () => {
  const env = parseEnvironment(logEnv, { LOG_LEVEL: "debug" });
  expect(env.level).toBe("debug");
  expectTypeOf(env.logDir).toEqualTypeOf<string | undefined>();
});

describe("an error", () => {
  test("names all wrong variables of all parts at once, what each got and wants", () => {
    const error = fault(() =>
      parseEnvironment(parts, {
        RETRY_JITTER: "2",
        CHUNK_SIZE: "many",
        LOG_FORMAT: "xml",
        MAX_FILE_SIZE: "25MB",
      }),
    );
    expect(error.code).toBe("invalid_environment");
    expect(error.message).toBe(
      [
        "4 environment variables are wrong:",
        '  MAX_FILE_SIZE: got "25MB", wants a whole number of bytes from 1',
        '  LOG_FORMAT: got "xml", wants one of json, pretty',
        '  RETRY_JITTER: got "2", wants a share from 0 to 1',
        '  CHUNK_SIZE: got "many", wants a whole number from 1',
      ].join("\n"),
    );
    expect(error.details?.variables).toHaveLength(4);
  });

  test("says of secrets only whether they are set", () => {
    const source = { SUPABASE_ANON_KEY: key("service_role") };
    const error = fault(() => parseEnvironment(supabaseServiceEnv, source));
    expect(error.message).toBe(
      [
        "2 environment variables are wrong:",
        "  SUPABASE_ANON_KEY (or SUPABASE_PUBLISHABLE_KEY): set, wants the anon or publishable key; this is a service key, which must stay secret",
        "  SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY): missing, wants the project's service_role or secret key",
      ].join("\n"),
    );
    expect(JSON.stringify(error.details)).not.toContain("eyJ");
  });
});

describe("Supabase's keys", () => {
  test("are accepted under their newer names, which win", () => {
    const source = {
      SUPABASE_ANON_KEY: key("anon"),
      SUPABASE_PUBLISHABLE_KEY: "sb_publishable_x",
      SUPABASE_SECRET_KEY: "sb_secret_x",
    };
    expect(parseEnvironment(supabaseEnv, source)).toMatchObject({
      anonKey: "sb_publishable_x",
      serviceKey: "sb_secret_x",
    });
  });

  test.each([
    ["a service key as anon key", supabaseClientEnv, { SUPABASE_ANON_KEY: key("service_role") }],
    ["a secret key as publishable key", supabaseClientEnv, { SUPABASE_PUBLISHABLE_KEY: "sb_secret_x" }],
    ["an anon key as service key", supabaseServiceEnv, { SUPABASE_SERVICE_ROLE_KEY: key("anon") }],
    ["a publishable key as secret key", supabaseServiceEnv, { SUPABASE_SECRET_KEY: "sb_publishable_x" }],
    ["no anon key where it is needed", supabaseClientEnv, { SUPABASE_SERVICE_ROLE_KEY: key("service_role") }],
    ["no service key where it is needed", supabaseServiceEnv, { SUPABASE_ANON_KEY: key("anon") }],
  ])("%s is refused", (_title, schema, source) => {
    expect(fault(() => parseEnvironment(schema, source)).code).toBe("invalid_environment");
  });

  test("the service key does not reach a program that signs in", () => {
    const env = parseEnvironment(supabaseClientEnv, {
      SUPABASE_ANON_KEY: "a",
      SUPABASE_SERVICE_ROLE_KEY: "b",
    });
    expect(env).toEqual({ url: "http://127.0.0.1:54321", anonKey: "a" });
  });
});

test.each([
  ["info", "info"],
  ["INFO", "info"],
  ["Debug", "debug"],
  ["WARNING", "warn"],
  ["CRITICAL", "fatal"],
])("LOG_LEVEL %s is %s", (text, level) => {
  expect(parseEnvironment(logEnv, { LOG_LEVEL: text }).level).toBe(level);
});

test.each([
  ["an empty variable is missing", { CHUNK_SIZE: "", MAX_CHUNKS: "  " }, { chunkSize: 100, maxChunks: 1000 }],
  ["spaces around a value do not count", { CHUNK_SIZE: " 7 " }, { chunkSize: 7 }],
  ["0 seconds is no delay", { CHUNK_DELAY: "0" }, { chunkDelayMs: 0 }],
])("%s", (_title, source, expected) => {
  expect(parseEnvironment(chunkEnv, source)).toMatchObject(expected);
});

test.each([
  [storageEnv, { STORAGE_BUCKET: "a/b" }],
  [storageEnv, { STORAGE_BUCKET: "pilab-dev-thumbs" }],
  [storageEnv, { MAX_FILE_SIZE: "0" }],
  [storageEnv, { MAX_FILE_SIZE: "1.5" }],
  [supabaseEnv, { SUPABASE_URL: "localhost:54321" }],
  [supabaseEnv, { SUPABASE_URL: "postgres://x" }],
  [retryEnv, { RETRY_MAX_ATTEMPTS: "0" }],
  [retryEnv, { RETRY_BASE_DELAY: "-1" }],
  [retryEnv, { RETRY_MAX_DELAY: "1m" }],
  [retryEnv, { RETRY_MAX_DELAY: "Infinity" }],
  [chunkEnv, { CHUNK_SIZE: "0x10" }],
  [chunkEnv, { FAIL_FAST_THRESHOLD: "10" }],
  [dashboardEnv, { DASHBOARD_PORT: "65536" }],
  [logEnv, { LOG_LEVEL: "loud" }],
])("case %#: refuses %2$o", (schema, source) => {
  expect(fault(() => parseEnvironment(schema, source)).message).toContain(Object.keys(source)[0]);
});

test("no environment makes it throw anything but a PilabError that names a variable", () => {
  const names = [
    "SUPABASE_URL",
    "SUPABASE_ANON_KEY",
    "STORAGE_BUCKET",
    "LOG_LEVEL",
    "RETRY_JITTER",
    "CHUNK_DELAY",
    "DASHBOARD_PORT",
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), (source) => {
      try {
        parseEnvironment(parts, source);
      } catch (error) {
        expect(isPilabError(error) && error.code).toBe("invalid_environment");
      }
    }),
  );
});
