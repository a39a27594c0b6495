import type { AuditHead } from "@pilab/schema";
import { appendHead, readHeads } from "./head-file.ts";

/** Adds the head to AUDIT_HEAD_FILE unless it is the last one there. True: it was new. */
export async function keepHead(path: string | undefined, head: AuditHead): Promise<boolean> {
  if (path === undefined) return false;
  const last = (await readHeads(path, "none")).at(-1);
  // The same id with another digest is kept too: it is what verify looks for.
  if (last?.id === head.id && last.digest === head.digest) return false;
  await appendHead(path, head);
  return true;
}
