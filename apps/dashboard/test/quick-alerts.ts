import { NOTICE_TIMING, ROUND_TIMING } from "@pilab/storage-core";

// Loaded before a worker: it looks for alerts each second and tells of them in the next, where it has half a minute for each.
Object.assign(ROUND_TIMING, { everyS: 1 });
Object.assign(NOTICE_TIMING, { groupWaitS: 1 });
