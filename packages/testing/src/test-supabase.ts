import { constants } from "node:fs";
import { chown, cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalSupabase, type LocalSupabaseOptions, startLocalSupabase } from "@pilab/local-supabase";
import { startCluster } from "./embedded-postgres.ts";
import { templateKey } from "./template-key.ts";
import { makeTestFolder, sweepTestFolders } from "./test-folders.ts";

/** Options of {@link startTestSupabase}; the rest go to `startLocalSupabase`. */
export interface TestSupabaseOptions
  extends Pick<LocalSupabaseOptions, "host" | "port" | "storage" | "tls" | "logger" | "acceptPowerLoss"> {
  /** Default `pglite`. */
  engine?: "pglite" | "postgres";
}

/** A local Supabase of this test alone; the admin's password is always known. */
export interface TestSupabase extends LocalSupabase {
  admin: { email: string; password: string };
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a local Supabase with the migrations applied, on a free port, in a temporary folder. The first call after a change
 * makes a template; others copy it and start in about half a second.
 */
export async function startTestSupabase(options: TestSupabaseOptions = {}): Promise<TestSupabase> {
  const { engine = "pglite", ...rest } = options;
  await sweepTestFolders();
  const template = await findOrMakeTemplate(engine);
  const folder = await makeTestFolder();
  await copyTree(template, folder);
  const password = await readFile(join(folder, "admin-password"), "utf8");
  const running = await start(folder, engine, rest).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  return {
    ...running,
    admin: { email: running.admin.email, password },
    async stop() {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts in `folder`: `data` is the data folder, `cluster` (engine postgres) the server's. */
async function start(
  folder: string,
  engine: "pglite" | "postgres",
  options: Partial<LocalSupabaseOptions>,
): Promise<LocalSupabase> {
  const cluster = engine === "postgres" ? await startCluster(join(folder, "cluster")) : undefined;
  try {
    const supabase = await startLocalSupabase({
      port: 0,
      ...options,
      dataDir: join(folder, "data"),
      ...(cluster && { database: cluster.url }),
    });
    return {
      ...supabase,
      async stop() {
        await supabase.stop();
        await cluster?.stop();
      },
    };
  } catch (error) {
    await cluster?.stop();
    throw error;
  }
}

async function findOrMakeTemplate(engine: "pglite" | "postgres"): Promise<string> {
  const home = await templatesHome();
  const wanted = join(home, `${engine}-${await templateKey()}`);
  if (await exists(wanted)) return wanted;
  // The folders of other versions are of no use to anyone now.
  for (const name of await readdir(home)) {
    if (name.startsWith(`${engine}-`)) await rm(join(home, name), { recursive: true, force: true });
  }
  const folder = await makeTestFolder();
  const supabase = await start(folder, engine, {});
  await supabase.stop();
  await writeFile(join(folder, "admin-password"), supabase.admin.password ?? "", { mode: 0o600 });
  // Another process may have been quicker; its template is as good.
  await rename(folder, wanted).catch(() => rm(folder, { recursive: true, force: true }));
  return wanted;
}

/** Ours alone: whoever can write there could plant a database in our tests. */
async function templatesHome(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const home = join(tmpdir(), `pilab-templates-${uid}`);
  await mkdir(home, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const { uid: owner, mode } = await stat(home);
  if (process.getuid && (owner !== uid || (mode & 0o022) !== 0))
    throw new Error(`${home} belongs to somebody else; remove it`);
  return home;
}

/** Copies a folder, owners included: a cluster made as root belongs to the user `postgres`. */
async function copyTree(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const cluster = join(from, "cluster");
  if (process.getuid?.() !== 0 || !(await exists(cluster))) return;
  const { uid, gid } = await stat(cluster);
  const copy = join(to, "cluster");
  for (const entry of await readdir(copy, { recursive: true })) await chown(join(copy, entry), uid, gid);
  await chown(copy, uid, gid);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
