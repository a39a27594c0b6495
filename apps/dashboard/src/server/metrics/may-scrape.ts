import { createHash, timingSafeEqual } from "node:crypto";

/** What decides whether a program may read metrics. */
export interface ScrapeRequest {
  readonly headers: Headers;
  /** METRICS_TOKEN. */
  readonly token: string | undefined;
  /** The address that this server listens on. */
  readonly host: string;
}

/**
 * Whether a program may read metrics and usage: with METRICS_TOKEN as its bearer token; without one being set, only where this
 * machine alone can ask. Next.js puts the peer's address into x-forwarded-for, and a proxy before it puts its client's.
 */
export function mayScrape({ headers, token, host }: ScrapeRequest): boolean {
  if (token === undefined) {
    const from = headers.get("x-forwarded-for")?.split(",") ?? [];
    return [host, ...from].every((address) => LOOPBACK.test(address.trim()));
  }
  return timingSafeEqual(digest(headers.get("authorization") ?? ""), digest(`Bearer ${token}`));
}

const LOOPBACK = /^((::ffff:)?127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Of equal length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
