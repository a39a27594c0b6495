import { PilabError } from "@pilab/schema";
import type { Uploader, UploadOutcome } from "@pilab/storage-core";
import type { DeviceClient } from "@pilab/storage-core/device";
import type { Journal } from "../journal/journal.ts";
import type { QueuedFile } from "../journal/types.ts";
import type { ClockKeeper } from "./clock-keeper.ts";
import type { DeviceLink } from "./device-link.ts";
import type { AgentSettings } from "./settings.ts";

/** What {@link createFileUpload} takes. */
export interface FileUploadOptions {
  readonly client: Pick<DeviceClient, "captures">;
  readonly journal: Pick<Journal, "place">;
  readonly settings: Pick<AgentSettings, "concurrency" | "pictures" | "series" | "shotType">;
  readonly link: Readonly<Pick<DeviceLink, "device">>;
  readonly clock: Pick<ClockKeeper, "correct">;
  readonly write: <T>(change: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/** For files being read and sent, of which each counts for 256 KiB at most: sixteen, each perhaps with its thumbnail. */
const MEMORY_BYTES = 4 * 1024 * 1024;

/** Brings one journalled file to the server. */
export interface FileUpload {
  (file: QueuedFile): Promise<UploadOutcome>;
  /** Ends what is under way, to be begun again: the server has refused one, and would refuse the others. */
  interrupt(): void;
}

/** Makes it; a file's path and time are chosen once. */
export function createFileUpload(options: FileUploadOptions): FileUpload {
  const { client, journal, settings, link, clock, write, signal } = options;
  let interruption = new AbortController();
  let uploader = open();

  function open(): Uploader {
    return client.captures.uploader({
      device: () => {
        if (link.device === undefined) throw new Error("no file is handed out before the device is known");
        return link.device;
      },
      concurrency: settings.concurrency,
      memoryBytes: MEMORY_BYTES,
      // A Pi has cores to spare for one picture, and memory for one.
      decoders: 1,
      measures: settings.pictures,
      thumbnails: settings.pictures,
      signal: AbortSignal.any([signal, interruption.signal]),
    });
  }

  const upload = ({ id, path, placement, options: { clock: stamp, ...said } }: QueuedFile) =>
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
  return Object.assign(upload, {
    interrupt() {
      interruption.abort(new PilabError("aborted", "The server refuses this device"));
      interruption = new AbortController();
      uploader = open();
    },
  });
}
