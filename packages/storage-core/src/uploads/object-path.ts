import { PilabError } from "@pilab/schema";

/** What an object path is made of. */
export interface ObjectPathParts {
  /** The device's slug: the folder that its storage policies hang on. */
  readonly slug: string;
  readonly capturedAt: Date;
  readonly sha256: string;
  /** Without the dot. */
  readonly extension: string;
  /** 2 and up when the plain path holds other bytes: `…-2.jpg`. Default 1, the plain path. */
  readonly attempt?: number;
}

/**
 * `{slug}/{YYYY}/{MM}/{DD}/{HHMMSS}-{first 12 of sha256}.{ext}` in UTC. Only characters that need no encoding in a
 * URL and that Storage accepts as a key.
 *
 * @example "greenhouse-1/2026/03/09/141502-9f86d081884c.jpg"
 */
export function objectPath({ slug, capturedAt, sha256, extension, attempt = 1 }: ObjectPathParts): string {
  if (Number.isNaN(capturedAt.getTime())) {
    throw new PilabError("invalid_input", `no object path for a capture of ${slug}: capturedAt is no date`);
  }
  const [day, time] = capturedAt.toISOString().split("T") as [string, string];
  const folder = `${slug}/${day.replaceAll("-", "/")}`;
  const name = `${time.slice(0, 8).replaceAll(":", "")}-${sha256.slice(0, 12)}`;
  return `${folder}/${name}${attempt > 1 ? `-${attempt}` : ""}.${extension}`;
}

/** Where the thumbnail of an object lies: the same path + `.webp` in the bucket `{bucket}-thumbs`. */
export function thumbnailPlace(bucket: string, path: string): { bucket: string; path: string } {
  return { bucket: `${bucket}-thumbs`, path: `${path}.webp` };
}
