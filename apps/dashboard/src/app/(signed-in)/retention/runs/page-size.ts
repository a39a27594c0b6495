/** Runs a page. */
export const RUNS_PAGE = 30;
