import { PilabError } from "@pilab/schema";
import type { PilabContext } from "../context.ts";
import { acquireLease, releaseLease, renewLease } from "./leases.ts";

/** What work under a lease is given. */
export interface HeldLease {
  /** Names it to the functions that ask for it. */
  readonly token: number;
  /** Aborts with the caller's signal, and as soon as the lease is lost: then stop at once. */
  readonly signal: AbortSignal;
}

/** Settings of {@link holdLease}. */
export interface HoldOptions {
  /** Who has it, for a person to read: host, process and command. */
  readonly holder: string;
  /** How long a dead holder keeps others away, in seconds, 1 to 3600. Default 60. */
  readonly ttlS?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does work under a lease and frees it after. It is renewed while the work goes on; once it is lost, or not surely held any
 * more, `lease.signal` aborts. Throws `lock_held`, which names the holder, when somebody else has it.
 */
export async function holdLease<T>(
  ctx: PilabContext,
  name: string,
  { holder, ttlS = 60, signal, work }: HoldOptions & { work: (lease: HeldLease) => Promise<T> },
): Promise<T> {
  const askedAt = performance.now();
  const lease = await acquireLease(ctx, name, { holder, ttlS, signal });
  if (!lease.acquired) {
    throw new PilabError("lock_held", `${name} is held by ${lease.holder_now} until ${lease.expires_at}`, {
      hint: "One worker at a time does this job. Wait for it, or stop it: a dead one's lease runs out by itself.",
      details: { holder: lease.holder_now, expiresAt: lease.expires_at },
    });
  }
  const lost = new AbortController();
  const keeper = keep(ctx, name, { token: lease.lease_token, ttlS, askedAt, lost });
  try {
    const held = signal ? AbortSignal.any([signal, lost.signal]) : lost.signal;
    return await work({ token: lease.lease_token, signal: held });
  } catch (error) {
    // What was stopped by the loss says only "aborted"; the loss is the reason.
    throw lost.signal.aborted && !signal?.aborted ? lost.signal.reason : error;
  } finally {
    await keeper.stop();
    // The caller's signal may have aborted: the next worker need not wait for that.
    if (!lost.signal.aborted) await releaseLease(ctx, name, lease.lease_token).catch(() => false);
  }
}

interface Keeping {
  readonly token: number;
  readonly ttlS: number;
  /** When it was asked for, by this machine's steady clock: what the server counts began later. */
  readonly askedAt: number;
  readonly lost: AbortController;
}

/** Renews three times in the time of a lease. A renewal that fails is tried again until time is up. */
function keep(
  ctx: PilabContext,
  name: string,
  { token, ttlS, askedAt, lost }: Keeping,
): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const lose = (why: string) => {
    stopped.abort();
    lost.abort(
      new PilabError("lock_held", `lost ${name}: ${why}`, {
        hint: "Run it again: it goes on where it stopped.",
      }),
    );
  };
  let end: NodeJS.Timeout | undefined;
  const heldSince = (ms: number) => {
    clearTimeout(end);
    const left = ms + ttlS * 1000 - performance.now();
    end = setTimeout(() => lose("it ran out and could not be renewed"), left).unref();
  };
  heldSince(askedAt);
  let renewing: Promise<void> = Promise.resolve();
  const renew = async () => {
    const at = performance.now();
    try {
      if (await renewLease(ctx, name, { token, ttlS, signal: stopped.signal })) heldSince(at);
      else lose("it ran out, or another worker has it");
    } catch {
      // The end of its time says more than one failed request.
    }
  };
  const timer = setInterval(
    () => {
      renewing = renewing.then(renew);
    },
    (ttlS * 1000) / 3,
  ).unref();
  stopped.signal.addEventListener("abort", () => {
    clearInterval(timer);
    clearTimeout(end);
  });
  return {
    async stop() {
      stopped.abort();
      await renewing;
    },
  };
}
