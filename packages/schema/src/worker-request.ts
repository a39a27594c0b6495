import { z } from "zod";
import { jsonObject, timestamp } from "./fields.ts";

/** What the dashboard may ask the retention worker for: viewers `preview`, operators `run` too, admins all. */
export const REQUEST_KINDS = ["preview", "run", "test_send", "verify"] as const;

/** A row of `worker_requests`. */
export const workerRequestRow = z.object({
  id: z.uuid(),
  kind: z.enum(REQUEST_KINDS),
  args: jsonObject,
  requested_by: z.uuid().nullable(),
  created_at: timestamp,
  state: z.enum(["pending", "running", "done", "failed"]),
  worker: z.string().max(200).nullable(),
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  result: z.unknown(),
  error: z.string().max(2000).nullable(),
});
/** See {@link workerRequestRow}. */
export type WorkerRequestRow = z.infer<typeof workerRequestRow>;
