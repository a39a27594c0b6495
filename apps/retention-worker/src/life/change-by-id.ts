import { type ChangedCapture, PilabError } from "@pilab/schema";
import type { CommandContext } from "../commands/command-context.ts";
import { withWorker } from "../open-worker.ts";
import { describeChanges } from "./describe-changes.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Pins, unpins or restores captures by id. Exit code 0, 3 when some were refused, 1 when all were. */
export async function changeById(
  context: CommandContext,
  verb: "pin" | "unpin" | "restore",
  { ids, json }: { ids: readonly string[]; json?: boolean },
): Promise<number> {
  checkIds(ids);
  const changes = await withWorker(context, verb, ({ client }) =>
    client.captures[verb](ids, { signal: context.signal }),
  );
  return tellChanges(context, verb, { changes, json });
}

/** Refuses what is no capture's id, by name: SQL would only say that something in the list is wrong. */
export function checkIds(ids: readonly string[]): void {
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong === undefined) return;
  throw new PilabError("invalid_input", `"${wrong}" is no capture's id`, {
    hint: "An id is a UUID, as `captures` in the dashboard and `trash list` show it.",
  });
}

/** Prints what became of each capture, and makes the exit code of it. */
export function tellChanges(
  { output }: CommandContext,
  verb: "pin" | "unpin" | "restore",
  { changes, json }: { changes: readonly ChangedCapture[]; json?: boolean | undefined },
): number {
  if (json) for (const change of changes) output.out(`${JSON.stringify(change)}\n`);
  else output.out(describeChanges(verb, changes));
  const refused = changes.filter(({ outcome }) => outcome === "refused").length;
  if (refused === 0) return 0;
  return refused === changes.length ? 1 : 3;
}
