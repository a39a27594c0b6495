interface Tile {
  readonly id: string;
  readonly captured_at: string;
}

/**
 * What is new among the newest captures. One that was taken long ago and arrives late belongs further down: it is there when
 * the page is read again. `gap`: so much arrived that the newest do not reach what is shown.
 */
export function withNewer<T extends Tile>(shown: readonly T[], newest: readonly T[]): readonly T[] | "gap" {
  const first = shown[0];
  if (first === undefined) return newest;
  const isBefore = (tile: T) =>
    Date.parse(tile.captured_at) > Date.parse(first.captured_at) ||
    (tile.captured_at === first.captured_at && tile.id > first.id);
  const newer = newest.filter(isBefore);
  return newer.length === newest.length && newest.length > 0 ? "gap" : newer;
}
