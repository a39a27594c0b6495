/**
 * A list whose first page was read again, before the pages that were read once: what stands after the first page's last row
 * there is still after it. `joins` is false when nothing of them is: so much came, or went, that what is between is not known.
 */
export function joinRows<R extends { readonly id: string | number }>(
  first: readonly R[],
  read: readonly R[],
): { rows: R[]; joins: boolean } {
  const last = first.at(-1);
  const at = read.findLastIndex(({ id }) => id === last?.id);
  if (at < 0) return { rows: [...first], joins: false };
  const inFirst = new Set(first.map(({ id }) => id));
  return { rows: [...first, ...read.slice(at + 1).filter(({ id }) => !inFirst.has(id))], joins: true };
}
