import { CAPTURES_PER_CALL_MAX, type ChangedCapture, PilabError } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import type { CommandContext } from "../commands/command-context.ts";
import type { RestoreFlags } from "../commands/restore.ts";
import { withWorker } from "../open-worker.ts";
import { checkIds, tellChanges } from "./change-by-id.ts";

/** Restores by id, by run, or what of the trash fits. Exit code 0, 3 when some were refused, 1 when all were. */
export async function runRestore(context: CommandContext, flags: RestoreFlags): Promise<number> {
  const { id: ids, run, device, since, until, pin, json } = flags;
  checkIds([...(ids ?? []), ...(run === undefined ? [] : [run])]);
  if ([ids, run, device, since, until].every((flag) => flag === undefined)) {
    throw new PilabError("invalid_input", "restore wants --id, --run, --device, --since or --until", {
      hint: "To look first: pilab-retention trash list.",
    });
  }
  const changes = await withWorker(context, "restore", async ({ client, environment }) => {
    const bucket = flags.bucket ?? environment.storage.bucket;
    const wanted = await choose(client, { ...flags, bucket, signal: context.signal });
    const changed: ChangedCapture[] = [];
    for await (const batch of batches(wanted)) {
      // First, so that no run comes between.
      if (pin) await client.captures.pin(batch, { signal: context.signal });
      changed.push(...(await client.captures.restore(batch, { signal: context.signal })));
    }
    return changed;
  });
  if (changes.length === 0 && !json) context.output.out("Nothing in the trash fits.\n");
  return changes.length === 0 ? 0 : tellChanges(context, "restore", { changes, json });
}

interface Choice extends RestoreFlags {
  readonly bucket: string;
  readonly signal: AbortSignal;
}

/** Ids by which captures are named are asked for as they are, so that each gets its answer; else the trash is looked through. */
async function choose(
  client: PilabClient,
  choice: Choice,
): Promise<Iterable<string> | AsyncIterable<string>> {
  const { id: ids, run, device, since, until } = choice;
  const byTrash = device !== undefined || since !== undefined || until !== undefined;
  const named = [
    ids && new Set(ids),
    run === undefined ? undefined : await idsOfRun(client, run, choice.signal),
  ];
  const sets = named.filter((set) => set !== undefined);
  const fits = (id: string) => sets.every((set) => set.has(id));
  if (!byTrash) return [...(sets[0] ?? [])].filter(fits);
  return trashOf(client, choice, fits);
}

async function* trashOf(
  client: PilabClient,
  { bucket, device, since, until, signal }: Choice,
  fits: (id: string) => boolean,
): AsyncGenerator<string> {
  const trash = client.retention.trash({
    ...{ bucket, signal },
    trashedSince: instant("--since", since),
    trashedUntil: instant("--until", until),
    deviceId: device === undefined ? undefined : (await client.device.get({ device, signal })).id,
  });
  for await (const { id } of trash) if (fits(id)) yield id;
}

/** The audit log knows what a run moved to the trash: the run's id is the correlation id of each change. */
async function idsOfRun(client: PilabClient, run: string, signal: AbortSignal): Promise<Set<string>> {
  const ids = new Set<string>();
  let before: number | null | undefined;
  do {
    const page = await client.audit.list({
      correlationId: run,
      action: "capture.soft_deleted",
      before: before ?? undefined,
      limit: 1000,
      signal,
    });
    for (const { object_id } of page.entries) if (object_id !== null) ids.add(object_id);
    before = page.next;
  } while (before !== null);
  if (ids.size === 0) throw new PilabError("not_found", `no run ${run} moved captures to the trash`);
  return ids;
}

async function* batches(ids: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const id of ids) {
    batch.push(id);
    if (batch.length === CAPTURES_PER_CALL_MAX) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function instant(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new PilabError("invalid_input", `${flag} is "${text}", it must be a time such as 2026-03-09T14:00Z`);
}
