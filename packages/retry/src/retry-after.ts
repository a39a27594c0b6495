/**
 * Reads a Retry-After header: seconds, or an HTTP-date.
 *
 * @param value the header's value
 * @param serverNow the server's time in ms (its Date header); without one, this machine's clock
 * @returns milliseconds to wait, never negative; undefined when the value is neither form
 */
export function parseRetryAfter(value: string, serverNow?: number): number | undefined {
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  // Date.parse also takes "-5" or "2": only text with a weekday is an HTTP-date.
  if (!/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  const now = serverNow === undefined || Number.isNaN(serverNow) ? Date.now() : serverNow;
  return Math.max(0, at - now);
}
