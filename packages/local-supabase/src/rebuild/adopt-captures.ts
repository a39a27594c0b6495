import { basename } from "node:path/posix";
import { CAPTURED_AT_SOURCES, deviceSlug } from "@pilab/schema";
import { z } from "zod";
import type { Tx } from "../engine.ts";
import type { AsCaller } from "../gate.ts";
import type { FoundObject, Problem } from "./read-objects.ts";

const SERVICE = {
  role: "service_role" as const,
  claims: { role: "service_role" },
  headers: { "x-pilab-actor": "pilab-local rebuild" },
};

// As storage-core writes it with each capture's object.
const captureMetadata = z.looseObject({
  v: z.literal(1),
  sha256: z.string(),
  captured_at: z.string(),
  source: z.enum(CAPTURED_AT_SOURCES),
  series: z.string().nullish(),
  shot_type: z.string().nullish(),
});

/** What a batch came to. */
export interface Catalogued {
  created: number;
  /** Slugs of devices that were made for them. */
  devices: string[];
  problems: Problem[];
}

/** Catalogues those objects of PiLab's buckets that no capture names, through log_captures as an upload would. */
export function adoptCaptures(asCaller: AsCaller, found: readonly FoundObject[]): Promise<Catalogued> {
  return asCaller(SERVICE, async (tx) => {
    const result: Catalogued = { created: 0, devices: [], problems: [] };
    const missing = await withoutRow(tx, found);
    const readable = missing.flatMap((one) => {
      const item = toItem(one);
      if ("why" in item) result.problems.push(item);
      return "why" in item ? [] : item;
    });
    for (const [slug, items] of Map.groupBy(readable, ({ slug }) => slug)) {
      const device = await findOrMakeDevice(tx, slug);
      if (device.made) result.devices.push(slug);
      const logged = await log(
        tx,
        device.id,
        items.map(({ item }) => item),
      );
      result.created += logged.created;
      result.problems.push(...logged.problems);
    }
    return result;
  });
}

/** Which of the objects lie in a bucket of captures and have no row; thumbnails have none by design. */
async function withoutRow(tx: Tx, found: readonly FoundObject[]): Promise<FoundObject[]> {
  // A bucket that was made anew is one of captures when its objects say so.
  const buckets = found.filter(isCapture).map(({ object }) => object.bucket_id);
  await tx.query(
    "insert into public.bucket_settings (bucket_id) select distinct id from unnest($1::text[]) as id on conflict do nothing",
    [buckets],
  );
  // By version: the files of an object that was replaced may still lie there, and say nothing about its successor.
  const { rows } = await tx.query<{ version: string }>(
    `select o.version from storage.objects o join public.bucket_settings b on b.bucket_id = o.bucket_id
     where o.version = any($1::text[])
       and (o.bucket_id, o.name) in (select * from unnest($2::text[], $3::text[]))
       and not exists (select from public.captures c where c.bucket_id = o.bucket_id and c.object_path = o.name)`,
    [
      found.map(({ object }) => object.version),
      found.map(({ object }) => object.bucket_id),
      found.map(({ object }) => object.name),
    ],
  );
  const wanted = new Set(rows.map(({ version }) => version));
  return found.filter(({ object }) => wanted.has(object.version));
}

function isCapture({ object }: FoundObject): boolean {
  // bucket_settings takes no longer name.
  if (object.bucket_id.endsWith("-thumbs") || object.bucket_id.length > 93) return false;
  return captureMetadata.safeParse(object.user_metadata).success;
}

function toItem({ object, sha256 }: FoundObject): Problem | { slug: string; item: Record<string, unknown> } {
  const what = `${object.bucket_id}/${object.name}`;
  const parsed = captureMetadata.safeParse(object.user_metadata);
  if (!parsed.success)
    return { what, why: "it carries no capture's metadata, so its date and device are not known" };
  const { data } = parsed;
  if (data.sha256 !== sha256) return { what, why: "its bytes are not those whose SHA-256 it carries" };
  const slug = object.name.split("/")[0] ?? "";
  if (!deviceSlug.safeParse(slug).success)
    return { what, why: `its folder ${JSON.stringify(slug)} is no device's` };
  const item = {
    ...{ bucket_id: object.bucket_id, object_path: object.name, file_name: basename(object.name), sha256 },
    ...{ size_bytes: object.metadata.size, content_type: object.metadata.mimetype },
    ...{ series: data.series ?? null, shot_type: data.shot_type ?? null },
    // Whether the clock was right then is not in the metadata; untrusted is what retention treats with most care.
    ...{ captured_at: data.captured_at, captured_at_source: data.source, captured_at_trusted: false },
  };
  return { slug, item };
}

async function findOrMakeDevice(tx: Tx, slug: string): Promise<{ id: string; made: boolean }> {
  const made = await tx.query<{ id: string }>(
    "insert into public.devices (slug, name) values ($1, $1) on conflict (slug) do nothing returning id",
    [slug],
  );
  if (made.rows[0]) return { id: made.rows[0].id, made: true };
  const { rows } = await tx.query<{ id: string }>("select id from public.devices where slug = $1", [slug]);
  return { id: (rows[0] as { id: string }).id, made: false };
}

async function log(
  tx: Tx,
  deviceId: string,
  items: Record<string, unknown>[],
): Promise<{ created: number; problems: Problem[] }> {
  const { rows } = await tx.query<{
    position: number;
    outcome: string;
    reason: string | null;
    object_path: string | null;
  }>("select position, outcome, reason, object_path from public.log_captures($1::text::jsonb, $2)", [
    JSON.stringify(items),
    deviceId,
  ]);
  const done = (outcome: string) => outcome === "created" || outcome === "restored";
  return {
    created: rows.filter(({ outcome }) => done(outcome)).length,
    problems: rows
      .filter(({ outcome }) => !done(outcome))
      .map(({ position, outcome, reason, object_path }) => ({
        what: `${items[position]?.bucket_id}/${items[position]?.object_path}`,
        why:
          outcome === "refused"
            ? `the catalogue refused it: ${reason}`
            : `its bytes are catalogued already, at ${object_path}`,
      })),
  };
}
