"use client";
import { useIdentity } from "./identity.tsx";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/** Who did something, from what the audit log keeps: an account's id, or the word of a program. */
export function Who({
  actor,
  claimed = false,
  names = {},
}: {
  actor: string | null;
  /** The word of a holder of the service key, which no token proves. */
  claimed?: boolean;
  /** Accounts by id, where they are known. */
  names?: Readonly<Record<string, string>>;
}) {
  const { userId } = useIdentity();
  if (actor === null) return "–";
  const name = actor === userId ? "you" : (names[actor] ?? (UUID.test(actor) ? actor.slice(0, 8) : actor));
  return (
    <span title={claimed ? `${actor}, by the word of a holder of the service key` : actor}>
      {name}
      {claimed && actor !== userId && <span aria-hidden="true">*</span>}
    </span>
  );
}
