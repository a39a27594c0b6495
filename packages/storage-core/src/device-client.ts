import { knownCaptures } from "./captures/known-captures.ts";
import type { PilabClient } from "./client.ts";
import type { PilabContext } from "./context.ts";
import { type ClientOptions, createContext } from "./create-context.ts";
import { checkMayWrite } from "./devices/check-may-write.ts";
import { reportStatus } from "./devices/report-status.ts";
import { resolveDevice } from "./devices/resolve-device.ts";
import type { Credentials } from "./session.ts";
import type { SupabaseClients } from "./supabase-clients.ts";
import { reportUploads } from "./uploads/report-uploads.ts";
import { uploadAndLog, uploadMany } from "./uploads/upload-many.ts";
import { createUploader } from "./uploads/uploader.ts";

/** What a device does: uploads, and tells how it is. */
export interface DeviceClient extends Pick<PilabClient, "bucket" | "device" | "clockOffsetMs" | "close"> {
  /** Bytes that went to Storage and came from it so far: whether uploads get on. */
  storageBytes(): number;
  readonly captures: Pick<
    PilabClient["captures"],
    "uploadAndLog" | "uploadMany" | "uploader" | "reportUploads" | "known"
  >;
}

/** The part of the client that a device needs, over our own transport alone: a Pi never loads supabase-js. */
export function createDeviceClient(options: ClientOptions & Credentials): DeviceClient {
  const ctx = createContext(options, withoutSupabase);
  return {
    ...deviceVerbs(ctx),
    bucket: ctx.bucket,
    clockOffsetMs: ctx.clock.offsetMs,
    storageBytes: ctx.transport.storageBytes,
    close: ctx.close,
  };
}

/** The verbs of {@link DeviceClient}. */
export function deviceVerbs(ctx: PilabContext): Pick<DeviceClient, "captures" | "device"> {
  return {
    captures: {
      uploadAndLog: (source, upload) => uploadAndLog(ctx, source, upload),
      uploadMany: (items, upload) => uploadMany(ctx, items, upload),
      uploader: (options) => createUploader(ctx, options),
      reportUploads: (report) => reportUploads(ctx, report),
      known: (hashes, known) => knownCaptures(ctx, hashes, known),
    },
    device: {
      get: ({ device, signal } = {}) => resolveDevice(ctx, device, signal),
      reportStatus: (status, options) => reportStatus(ctx, status, options),
      checkMayWrite: (options) => checkMayWrite(ctx, options),
    },
  };
}

function withoutSupabase(): SupabaseClients {
  const missing = (): never => {
    throw new Error("a device's verb asked for supabase-js, which a device client is without");
  };
  return {
    get rest() {
      return missing();
    },
    get admin() {
      return missing();
    },
    close: async () => {},
  };
}
