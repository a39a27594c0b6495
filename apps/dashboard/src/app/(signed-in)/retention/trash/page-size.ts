/** What the trash is first asked for. */
export const TRASH_PAGE = { order: "newest", limit: 50 } as const;
