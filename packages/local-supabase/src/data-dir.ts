import { randomBytes } from "node:crypto";
import { access, chmod, constants, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { PilabError } from "@pilab/schema";
import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";

/** Where everything of one local Supabase lies. */
export interface DataDir {
  /** The folder itself, absolute. */
  root: string;
  /** PGlite's database; absent with `--database`. */
  db: string;
  /** The objects: `<bucket>/…`. */
  files: string;
  /** The secrets, 0600. */
  keys: string;
  /** Locked by the kernel for as long as a process uses the folder. */
  lock: string;
  /** What the running process says about itself; see lock.ts. */
  running: string;
}

/** The secrets of one local Supabase. */
export interface Keys {
  jwtSecret: string;
  /** The JWT of role anon: public, it only names the project. */
  anonKey: string;
  /** The JWT of role service_role: it passes by every rule. */
  serviceRoleKey: string;
}

const keysFile = z.object({
  jwtSecret: z.string().min(32),
  anonKey: z.string(),
  serviceRoleKey: z.string(),
});

const TEN_YEARS_S = 10 * 365 * 24 * 3600;

/** `$PILAB_DATA_DIR`, else `$XDG_DATA_HOME/pilab`, else `~/.local/share/pilab`: never inside the repository. */
export function defaultDataDir(env: Record<string, string | undefined>): string {
  if (env.PILAB_DATA_DIR) return resolve(env.PILAB_DATA_DIR);
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "pilab");
}

/** The paths inside a data folder, which need not exist. */
export function dataDirPaths(root: string): DataDir {
  const at = (name: string) => join(resolve(root), name);
  return {
    root: resolve(root),
    db: at("db"),
    files: at("files"),
    keys: at("keys.json"),
    lock: at("local.lock"),
    running: at("running.json"),
  };
}

/** Makes the folder, readable by its owner alone, when it is not there. */
export async function ensureDataDir(root: string): Promise<DataDir> {
  const paths = dataDirPaths(root);
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  await access(paths.root, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw foreignFolder(paths.root, cause);
  });
  return paths;
}

/** What is said of a folder that this user may not use: it must not look as if it were empty. */
export function foreignFolder(root: string, cause: unknown): PilabError {
  return new PilabError("file_unreadable", `${root} belongs to another user of this machine`, {
    hint: "Run the command as that user, or give another folder: --data-dir or PILAB_DATA_DIR.",
    cause,
  });
}

/** The keys of a data folder, or undefined when it has none yet. */
export async function readKeys(root: string): Promise<Keys | undefined> {
  const { keys } = dataDirPaths(root);
  const text = await readFile(keys, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = keysFile.safeParse(safeJson(text));
  if (parsed.success) return parsed.data;
  throw new PilabError("invalid_input", `${keys} does not hold the keys of a local Supabase`, {
    hint: "Put it back from a backup, or remove it: new keys are made, and everyone signs in again.",
  });
}

/**
 * The keys of a data folder, made on its first use. Another `jwtSecret` than the stored one replaces all three, and
 * every token signed with the old one ends.
 */
export async function ensureKeys(
  root: string,
  { jwtSecret }: { jwtSecret?: string | undefined } = {},
): Promise<Keys> {
  if (jwtSecret !== undefined && jwtSecret.length < 32) {
    throw new PilabError("invalid_input", `the JWT secret has ${jwtSecret.length} characters, it needs 32`, {
      hint: "Make one with: openssl rand -hex 32",
    });
  }
  const stored = await readKeys(root);
  const secret = jwtSecret ?? stored?.jwtSecret ?? randomBytes(32).toString("hex");
  if (stored?.jwtSecret === secret && (await signs(secret, stored.anonKey))) return stored;
  const keys: Keys = {
    jwtSecret: secret,
    anonKey: await signKey("anon", secret),
    serviceRoleKey: await signKey("service_role", secret),
  };
  await writeDurably(dataDirPaths(root).keys, `${JSON.stringify(keys, null, 2)}\n`, 0o600);
  return keys;
}

/** Writes a small file so that a crash leaves the old or the new one, never a half. */
export async function writeDurably(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes a rename inside `folder` survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder; its renames are journalled.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function signKey(role: "anon" | "service_role", secret: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ role, iss: "pilab-local" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt(now)
    .setExpirationTime(now + TEN_YEARS_S)
    .sign(new TextEncoder().encode(secret));
}

async function signs(secret: string, token: string): Promise<boolean> {
  return jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ["HS256"] }).then(
    () => true,
    () => false,
  );
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
