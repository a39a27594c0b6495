import { open, readFile } from "node:fs/promises";
import { type AuditHead, PilabError } from "@pilab/schema";
import { parseAuditHeads } from "@pilab/storage-core";

/** The heads that a file keeps, the oldest first; `missing` says what to do about a file that is not there. */
export async function readHeads(path: string, missing: "fail" | "none"): Promise<AuditHead[]> {
  try {
    return parseAuditHeads(await readFile(path, "utf8"), path);
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) throw error;
    if (error.code === "ENOENT" && missing === "none") return [];
    throw new PilabError("invalid_input", `${path} cannot be read: ${error.message}`, { cause: error });
  }
}

/** Adds a head to a file and waits until it is on the disk. Nothing in the file is ever changed. */
export async function appendHead(path: string, head: AuditHead): Promise<void> {
  const file = await open(path, "a", 0o640);
  try {
    await file.appendFile(`${JSON.stringify(head)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
