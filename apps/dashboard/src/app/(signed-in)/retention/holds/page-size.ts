/** What the holds are asked for. */
export const HOLDS_PAGE = { pinned: true, limit: 50 } as const;
