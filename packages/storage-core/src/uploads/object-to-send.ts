import type { ErrorContext } from "../supabase-error.ts";
import type { ObjectPlace } from "../transport/object-api.ts";
import type { Content } from "./content.ts";

/** One object on its way. */
export interface ObjectToSend extends ObjectPlace {
  readonly content: Content;
  readonly contentType: string;
  readonly userMetadata: Record<string, unknown>;
  readonly signal?: AbortSignal | undefined;
}

/** Messages and next steps of an upload that failed. */
export function uploadErrorContext({ content, bucket, path }: ObjectToSend): ErrorContext {
  return {
    what: `upload of ${content.fileName} to ${bucket}/${path}`,
    hints: {
      forbidden:
        "Only device accounts upload, each into its own folder: sign in with the credentials that devices.create() gave, or name the service key.",
      bucket_missing: `There is no bucket "${bucket}": check STORAGE_BUCKET, and that the migrations were applied to this project.`,
      too_large: `The server's limit for ${bucket} is smaller than this file of ${content.sizeBytes} bytes; raise file_size_limit of the bucket.`,
    },
  };
}
