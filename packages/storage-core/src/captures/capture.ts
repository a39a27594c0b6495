import type { CaptureRow } from "@pilab/schema";

/** One row of the catalogue, in the names of table `captures`, where each column is documented. */
export type Capture = CaptureRow;
