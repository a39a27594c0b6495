import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { z } from "zod";

/** What the JSON file beside a picture says of it. */
interface Sidecar {
  /** When it was taken: text, or seconds or milliseconds since 1970. */
  capturedAt?: string | number | undefined;
  series?: string | undefined;
  shotType?: string | undefined;
  metrics?:
    | { brightness?: number | undefined; sharpness?: number | undefined; contrast?: number | undefined }
    | undefined;
  /** Everything else that it says. */
  metadata?: Record<string, unknown> | undefined;
}

/** A sidecar, or why the one that is there was left out; a picture is never held back by it. */
export interface SidecarReading {
  sidecar: Sidecar;
  note?: string;
}

const MAX_SIDECAR_BYTES = 64 * 1024;

const share = z.number().min(0).max(1).optional().catch(undefined);
const label = z.string().trim().min(1).max(200).optional().catch(undefined);
const time = z.union([z.string(), z.number()]).optional().catch(undefined);

const fields = z.looseObject({
  captured_at: time,
  capturedAt: time,
  series: label,
  shot_type: label,
  shotType: label,
  metrics: z
    .looseObject({ brightness: share, sharpness: share, contrast: share })
    .optional()
    .catch(undefined),
  metadata: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** Reads `x.jpg.json` or `x.json` beside `x.jpg`, the first that is there. */
export async function readSidecar(picturePath: string): Promise<SidecarReading> {
  const name = basename(picturePath);
  for (const candidate of [`${name}.json`, `${basename(name, extname(name))}.json`]) {
    const text = await readText(join(dirname(picturePath), candidate));
    if (text === null) continue;
    const parsed = text instanceof Error ? text : parse(text);
    return parsed instanceof Error
      ? { sidecar: {}, note: `its sidecar ${candidate} was left out: ${parsed.message}` }
      : { sidecar: parsed };
  }
  return { sidecar: {} };
}

/** A named pipe would wait for its writer for ever, and a link may lead to what is nobody's business: our credentials. */
const ONLY_FILES = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** Null when there is no such file. */
async function readText(path: string): Promise<string | Error | null> {
  const file = await open(path, ONLY_FILES).catch((error: NodeJS.ErrnoException) => error);
  if (file instanceof Error) {
    if (file.code === "ENOENT") return null;
    return file.code === "ELOOP" ? new Error("it is a link, which is not followed") : file;
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return new Error("it is no file");
    const { size } = found;
    return size > MAX_SIDECAR_BYTES
      ? new Error(`it has ${size} bytes, ${MAX_SIDECAR_BYTES} are read`)
      : await file.readFile("utf8");
  } catch (error) {
    return error as Error;
  } finally {
    await file.close();
  }
}

function parse(text: string): Sidecar | Error {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return new Error("it is no JSON");
  }
  const result = fields.safeParse(json);
  if (!result.success) return new Error("it is no JSON object");
  const { captured_at, capturedAt, series, shot_type, shotType, metrics, metadata, ...rest } = result.data;
  const { brightness, sharpness, contrast, ...otherMetrics } = metrics ?? {};
  const kept = {
    ...metadata,
    ...rest,
    ...(Object.keys(otherMetrics).length > 0 ? { metrics: otherMetrics } : {}),
  };
  return {
    capturedAt: captured_at ?? capturedAt,
    series,
    shotType: shot_type ?? shotType,
    metrics: metrics === undefined ? undefined : { brightness, sharpness, contrast },
    metadata: Object.keys(kept).length > 0 ? kept : undefined,
  };
}
