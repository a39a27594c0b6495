/** In pixels: above this a reader is at the top, and what is new may push the rest down. */
const AT_TOP = 200;

/** Whether what comes in above must not move what is looked at. */
export function isBelowTop(): boolean {
  return typeof window !== "undefined" && window.scrollY >= AT_TOP;
}
