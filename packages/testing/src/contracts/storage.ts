import { describe } from "vitest";
import { bucketContract } from "./storage/buckets.ts";
import { downloadContract } from "./storage/downloads.ts";
import { listContract } from "./storage/lists.ts";
import { resumableContract } from "./storage/resumable.ts";
import { signedContract } from "./storage/signed.ts";
import type { StorageTarget } from "./storage/storage-fixture.ts";
import { transferContract } from "./storage/transfers.ts";
import { uploadContract } from "./storage/uploads.ts";

/**
 * What PiLab asks of `/storage/v1`, as the real Storage server answers it. Point it at any Supabase: it makes its own
 * buckets with the service key, and removes them. `getTarget` is called when the tests run.
 */
export function storageContract(getTarget: () => StorageTarget): void {
  describe("Storage", () => {
    bucketContract(getTarget);
    uploadContract(getTarget);
    downloadContract(getTarget);
    listContract(getTarget);
    transferContract(getTarget);
    signedContract(getTarget);
    resumableContract(getTarget);
  });
}
