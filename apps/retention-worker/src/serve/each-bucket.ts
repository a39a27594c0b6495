import { isPilabError } from "@pilab/schema";
import type { Worker } from "../open-worker.ts";

/** Does something with each of these buckets, or with all; one bucket's trouble, which is logged, is not another's. */
export async function eachBucket(
  { client, logger }: Worker,
  buckets: readonly string[] | undefined,
  { what, signal }: { what: string; signal: AbortSignal },
  work: (bucket: string) => Promise<void>,
): Promise<void> {
  for (const bucket of buckets ??
    (await client.retention.buckets(signal)).map(({ bucket_id }) => bucket_id)) {
    try {
      await work(bucket);
    } catch (error) {
      if (signal.aborted || !isPilabError(error)) throw error;
      logger.error({ err: error, bucket_id: bucket }, `${what} failed`);
    }
  }
}
