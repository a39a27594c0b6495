import { type AuditSealRow, auditLine, auditSealRow } from "@pilab/schema";
import { z } from "zod";
import type { PilabContext } from "../context.ts";
import { dataOf, parsed } from "../supabase-error.ts";
import type { ChainPart } from "./audit-chain.ts";

const PAGE = 1000;

/** Where reading begins and ends. */
export interface ChainBounds {
  /** Begin with the first seal made at or after; what comes before has only its last seal told. */
  readonly since?: Date | undefined;
  /** End with the first seal made at or after. */
  readonly until?: Date | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The audit log, a page in memory at a time: lines as they stand, and each seal after the lines that it covers. Seals made
 * while it is read are left out: their entries come as not yet sealed.
 */
export async function* readChain(ctx: PilabContext, bounds: ChainBounds = {}): AsyncGenerator<ChainPart> {
  const { since, until, signal } = bounds;
  const head = await headSeal(ctx, signal);
  const first = since && (await firstSealSince(ctx, since, signal));
  // Nothing was sealed since: what may be wanted comes after the head.
  const start = since && (first ? await sealById(ctx, first.id - 1, signal) : head);
  if (start) yield { start_after: start };
  const seals = readSeals(ctx, { after: start?.id ?? 0, upTo: head?.id ?? 0, signal });
  let seal = await next(seals);
  let after = start?.last_id ?? Number.MIN_SAFE_INTEGER;
  for (;;) {
    const page = await readLines(ctx, after, signal);
    for (const { id, line } of page) {
      while (seal && id > seal.last_id) {
        yield { seal };
        if (until && new Date(seal.created_at) >= until) {
          yield { ends_before: until.toISOString() };
          return;
        }
        seal = await next(seals);
      }
      yield { entry: line };
      after = id;
    }
    if (page.length < PAGE) break;
  }
  for (; seal; seal = await next(seals)) yield { seal };
}

/** The seal of the highest id; undefined before the first one. */
export async function headSeal(ctx: PilabContext, signal?: AbortSignal): Promise<AuditSealRow | undefined> {
  return await oneSeal(ctx, (seals) => seals.order("id", { ascending: false }), signal);
}

function firstSealSince(ctx: PilabContext, since: Date, signal: AbortSignal | undefined) {
  return oneSeal(ctx, (seals) => seals.gte("created_at", since.toISOString()).order("id"), signal);
}

function sealById(ctx: PilabContext, id: number, signal: AbortSignal | undefined) {
  return oneSeal(ctx, (seals) => seals.eq("id", id), signal);
}

type SealQuery = ReturnType<ReturnType<typeof selectSeals>["limit"]>;

function selectSeals(ctx: PilabContext) {
  return ctx.supabase.from("audit_seals").select("*");
}

async function oneSeal(
  ctx: PilabContext,
  which: (seals: SealQuery) => SealQuery,
  signal: AbortSignal | undefined,
): Promise<AuditSealRow | undefined> {
  const [seal] = await selectPage(ctx, (seals) => which(seals).limit(1), signal);
  return seal;
}

async function* readSeals(
  ctx: PilabContext,
  { after, upTo, signal }: { after: number; upTo: number; signal: AbortSignal | undefined },
): AsyncGenerator<AuditSealRow> {
  for (let last = after; last < upTo; ) {
    const page = await selectPage(
      ctx,
      (seals) => seals.gt("id", last).lte("id", upTo).order("id").limit(PAGE),
      signal,
    );
    if (page.length === 0) return;
    yield* page;
    last = page.at(-1)?.id ?? upTo;
  }
}

async function selectPage(
  ctx: PilabContext,
  which: (seals: SealQuery) => SealQuery,
  signal: AbortSignal | undefined,
): Promise<AuditSealRow[]> {
  const what = "reading seals of the audit log";
  return await ctx.call(
    { what },
    async (attempt) =>
      parsed(
        z.array(auditSealRow),
        dataOf(await which(selectSeals(ctx).limit(PAGE)).abortSignal(attempt.signal)),
        what,
      ),
    { signal },
  );
}

async function readLines(ctx: PilabContext, after: number, signal: AbortSignal | undefined) {
  const what = "reading the audit log";
  return await ctx.call(
    { what },
    async (attempt) => {
      const call = ctx.supabase.rpc("audit_lines", { after_id: after, max_rows: PAGE });
      return parsed(z.array(auditLine), dataOf(await call.abortSignal(attempt.signal)), what);
    },
    { signal },
  );
}

async function next<T>(values: AsyncGenerator<T>): Promise<T | undefined> {
  const { done, value } = await values.next();
  return done ? undefined : value;
}
