/** Captures that the overview shows. */
export const LATEST = 12;
