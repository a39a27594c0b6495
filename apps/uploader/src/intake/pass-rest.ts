/** A folder whose news the kernel tells is gone through for at most a two hundredth of all time: a backlog costs nothing. */
const REST_IF_HINTED = 200;
/** Where going through is all there is, for a twentieth: the price of finding a file among 100,000 within a minute or two. */
const REST_ELSE = 20;

/**
 * How long to rest after a pass over some folders, in milliseconds: at least `rescanMs`, and the longer the more the pass
 * took, by whether the kernel's hints have told of news in each folder.
 */
export function restAfterPass(
  folders: readonly { readonly tookMs: number; readonly isHinted: boolean }[],
  rescanMs: number,
): number {
  const rests = folders.map(({ tookMs, isHinted }) => tookMs * (isHinted ? REST_IF_HINTED : REST_ELSE));
  return Math.max(
    rescanMs,
    rests.reduce((sum, rest) => sum + rest, 0),
  );
}
