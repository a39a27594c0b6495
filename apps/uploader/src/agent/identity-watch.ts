import { createHash } from "node:crypto";
import type { DeviceState } from "@pilab/storage-core";
import { takeClockStamp } from "../clock/index.ts";

/** Notices another agent with this one's identity: a cloned card, a journal's folder that was copied. */
export interface IdentityWatch {
  /** Goes with each heartbeat. */
  readonly instance: string;
  /** A heartbeat of ours is about to be sent. */
  reported(): void;
  /** Looks at the last heartbeat that the server has. */
  check(last: DeviceState["lastHeartbeat"]): void;
  /** What to say loudly; null while nobody else was heard. */
  readonly complaint: string | null;
}

/** Silence of so many looks and it is believed to be over. */
const QUIET_LOOKS = 10;

/**
 * A journal is copied with its card, but a boot is one machine's. So an agent that finds another name where it wrote its
 * own has not been alone since; what lies there before its own first heartbeat may be of its machine's last boot.
 */
export function createIdentityWatch(
  journalId: string,
  bootId = takeClockStamp().bootId ?? String(process.pid),
): IdentityWatch {
  const instance = createHash("sha256").update(`${journalId}:${bootId}`).digest("hex").slice(0, 16);
  let hasReported = false;
  let quietLooks = QUIET_LOOKS;
  return {
    instance,
    reported() {
      hasReported = true;
    },
    check(last) {
      if (!hasReported || last === null || last.instance === null) return;
      quietLooks = last.instance === instance ? quietLooks + 1 : 0;
    },
    get complaint() {
      if (quietLooks >= QUIET_LOOKS) return null;
      return "Another agent works as this same device: a cloned card, or one account on two machines. Give each machine a device of its own.";
    },
  };
}
