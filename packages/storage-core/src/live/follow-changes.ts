import type { PilabContext } from "../context.ts";

// Each is small, and says that something happened, not all that did.
const LIVE_TABLES = ["capture_batches", "device_status", "alerts", "retention_runs"] as const;
/** A table that tells of changes. */
export type LiveTable = (typeof LIVE_TABLES)[number];

/** What {@link followChanges} gives: rows of these tables changed, or whether changes are heard of at all. */
export type LiveEvent =
  | { readonly kind: "changed"; readonly tables: readonly LiveTable[] }
  | { readonly kind: "connected" | "away" };

/** Settings of {@link followChanges}. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Changes within this time are told of as one. Default 1000. */
  readonly gatherMs?: number | undefined;
}

let followers = 0;

/**
 * Tells which tables changed, over Realtime and under the account's own rights, until the signal comes. However many rows
 * change, it tells at most once in `gatherMs`, and remembers which tables, not which rows. A lost connection is `away`, and
 * is taken up again without being asked; what changed meanwhile is not told: read anew at `connected`.
 */
export async function* followChanges(
  ctx: PilabContext,
  { signal, gatherMs = 1000 }: FollowOptions,
): AsyncGenerator<LiveEvent> {
  const changed = new Set<LiveTable>();
  let state: "connected" | "away" | undefined;
  let wake = () => {};
  followers += 1;
  // The constructor of supabase-js did not wait for a sign-in; this does, so that the channel joins as the account.
  await ctx.session.token(signal);
  const channel = ctx.supabase.channel(`changes-${followers}`);
  for (const table of LIVE_TABLES) {
    channel.on("postgres_changes", { event: "*", schema: "public", table }, () => {
      changed.add(table);
      wake();
    });
  }
  channel.subscribe((status) => {
    state = status === "SUBSCRIBED" ? "connected" : "away";
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });

  let told: typeof state;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      if (state !== undefined && state !== told) {
        told = state;
        yield { kind: state };
        continue;
      }
      const restMs = toldAtMs + gatherMs - performance.now();
      if (changed.size > 0 && restMs <= 0) {
        const tables = [...changed];
        changed.clear();
        toldAtMs = performance.now();
        yield { kind: "changed", tables };
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = changed.size > 0 ? setTimeout(resolve, restMs) : undefined;
        wake = () => {
          // Rows that come while one waits for its turn wait with it.
          if (timer !== undefined && !signal.aborted && state === told) return;
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    }
  } finally {
    await ctx.supabase.removeChannel(channel);
  }
}
