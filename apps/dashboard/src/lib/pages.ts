/** How a list goes on whose pages say in `next` where: `infiniteQueryOptions(input, { ...live("alerts"), ...PAGES })`. */
export const PAGES = {
  getNextPageParam: <Cursor>({ next }: { next: Cursor | null }): Cursor | undefined => next ?? undefined,
};
