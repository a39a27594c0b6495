import type { PilabContext } from "../context.ts";
import { dataOf } from "../supabase-error.ts";

/** Finds the devices of folders, and makes those whose rows were lost. */
export interface DeviceIds {
  idOf(slug: string, signal: AbortSignal): Promise<string>;
  /** Slugs of devices that were made. */
  readonly made: readonly string[];
}

/** Devices that it makes are retired: without an account nothing can come from them, so nobody should wait for it. */
export function createDeviceIds(ctx: PilabContext): DeviceIds {
  const known = new Map<string, Promise<string>>();
  const made: string[] = [];
  const find = async (slug: string, signal: AbortSignal) =>
    ctx.call(
      { what: `looking for a device "${slug}"` },
      async (attempt) =>
        dataOf(
          await ctx.supabase.from("devices").select("id").eq("slug", slug).abortSignal(attempt.signal),
        )[0]?.id,
      { signal },
    );
  const findOrMake = async (slug: string, signal: AbortSignal) => {
    const id = await find(slug, signal);
    if (id !== undefined) return id;
    const row = { slug, name: slug, retired_at: new Date().toISOString() };
    const one = await ctx.call(
      { what: `making the device "${slug}"` },
      async (attempt) =>
        dataOf(
          await ctx.supabase.from("devices").insert(row).select("id").abortSignal(attempt.signal).single(),
        ),
      { signal },
    );
    made.push(slug);
    return one.id;
  };
  return {
    made,
    idOf(slug, signal) {
      const id = known.get(slug) ?? findOrMake(slug, signal);
      known.set(slug, id);
      return id;
    },
  };
}
