import { randomUUID } from "node:crypto";
import { chmod, open, readFile, rename, stat } from "node:fs/promises";
import { PilabError } from "@pilab/schema";
import { z } from "zod";

/** What a device needs to upload: where to, and its own account. Never the service key. */
export interface DeviceCredentials {
  url: string;
  anonKey: string;
  bucket: string;
  email: string;
  password: string;
}

const schema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  anonKey: z.string().min(1),
  bucket: z.string().min(1).default("pilab-dev"),
  email: z.email(),
  password: z.string().min(1),
});

/**
 * Reads a credentials file. `warn` is told when others on this machine can read it too: a card's boot partition
 * knows no owners, so that is no error.
 */
export async function readCredentials(
  path: string,
  warn: (message: string) => void,
): Promise<DeviceCredentials> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "does not exist" : `cannot be read: ${cause.message}`;
    throw new PilabError("invalid_environment", `The credentials file ${path} ${why}`, {
      hint:
        cause.code === "ENOENT"
          ? "`npm start` prints where it keeps this machine's; docs/hosted-supabase.md makes one for a Pi."
          : undefined,
      cause,
    });
  });
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0)
    warn(`others on this machine can read ${path}; make it yours alone: chmod 600 ${path}`);
  const content = parseJson(text);
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  // Only names: a value may be a password.
  const wrong = new Set(
    result.error.issues.flatMap(({ path: at, ...issue }) => ("keys" in issue ? issue.keys : [at.join(".")])),
  );
  const how = content === undefined ? "holds no JSON" : `is wrong: ${[...wrong].join(", ") || "no object"}`;
  throw new PilabError("invalid_environment", `The credentials file ${path} ${how}`, {
    hint: "It holds JSON: url, anonKey, bucket, email and password of one device.",
  });
}

/** Writes a credentials file that only its owner can read; a crash leaves the old one or the new one. */
export async function writeCredentials(path: string, credentials: DeviceCredentials): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await chmod(temporary, 0o600);
  await rename(temporary, path);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
