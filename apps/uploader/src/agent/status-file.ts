import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({
  pid: z.number(),
  version: z.string(),
  startedAt: z.string(),
  writtenAt: z.string(),
  /** See AgentState. */
  state: z.string(),
  /** What needs a person, the worst first. */
  complaints: z.array(z.string()),
  target: z.string(),
  folders: z.array(z.string()),
  clock: z.object({
    synchronised: z.boolean().nullable(),
    offsetMs: z.number().nullable(),
  }),
  disk: z.object({ totalBytes: z.number(), availableBytes: z.number(), usedPercent: z.number() }).nullable(),
  intervalMs: z.number().nullable(),
  lastUploadAt: z.string().nullable(),
  pausedUntil: z.string().nullable(),
});

/** What a running agent tells `status` that its journal does not know. */
export type AgentStatus = z.infer<typeof schema>;

const NAME = "agent.json";
const SYSTEM_RUNTIME_FOLDER = "/run/pilab-uploader";
/** Of the installed service. */
export const SYSTEM_STATE_FOLDER = "/var/lib/pilab-uploader";

/** The memory disk that systemd gives a service, else the state folder. */
export function runtimeFolder(
  env: Readonly<Record<string, string | undefined>>,
  stateFolder: string,
): string {
  const [own] = (env.RUNTIME_DIRECTORY ?? "").split(":");
  if (own) return own;
  return stateFolder === SYSTEM_STATE_FOLDER ? SYSTEM_RUNTIME_FOLDER : stateFolder;
}

/** Writes the status in one step. */
export async function writeAgentStatus(folder: string, status: AgentStatus): Promise<void> {
  const path = join(folder, NAME);
  await writeFile(`${path}.tmp`, `${JSON.stringify(status)}\n`, { mode: 0o644 });
  await rename(`${path}.tmp`, path);
}

/** What an agent told last; null where none has. */
export async function readAgentStatus(folder: string): Promise<AgentStatus | null> {
  try {
    return schema.parse(JSON.parse(await readFile(join(folder, NAME), "utf8")));
  } catch {
    return null; // none, or one of another version
  }
}
