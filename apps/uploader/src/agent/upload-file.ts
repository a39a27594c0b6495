import type { PilabClient, UploadOutcome } from "@pilab/storage-core";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";
import type { ClockKeeper } from "./clock-keeper.ts";
import type { DeviceLink } from "./device-link.ts";
import type { AgentSettings } from "./settings.ts";

/** What {@link createFileUpload} takes. */
export interface FileUploadOptions {
  readonly client: Pick<PilabClient, "captures">;
  readonly journal: Pick<Journal, "place">;
  readonly settings: Pick<AgentSettings, "concurrency" | "pictures" | "series" | "shotType">;
  readonly link: Pick<DeviceLink, "device">;
  readonly clock: Pick<ClockKeeper, "correct">;
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/** Makes what brings one journalled file to the server, its path and time chosen once. */
export function createFileUpload(options: FileUploadOptions): (file: QueuedFile) => Promise<UploadOutcome> {
  const { client, journal, settings, link, clock, write, signal } = options;
  const uploader = client.captures.uploader({
    device: () => {
      if (link.device === undefined) throw new Error("no file is handed out before the device is known");
      return link.device;
    },
    concurrency: settings.concurrency,
    // A Pi has cores to spare for one picture, and memory for one.
    decoders: 1,
    measures: settings.pictures,
    thumbnails: settings.pictures,
    signal,
  });
  return ({ id, path, placement, options: { clock: stamp, ...said } }) =>
    uploader.upload({
      series: settings.series,
      shotType: settings.shotType,
      ...said,
      source: path,
      placement,
      // What frees the local copy is proof, not the catalogue's word.
      proveDuplicates: true,
      onPlaced: (chosen) => write(() => journal.place(id, chosen)),
      correctTime: (time) => clock.correct(time, stamp),
    });
}
