/**
 * Whether a request comes from our own pages. Cookies are SameSite=Lax, which already keeps other sites' POSTs without a
 * session; this holds where a browser does not, and for sites that share our registrable domain.
 */
export function isOwnOrigin(headers: Headers, method: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  if (method === "GET" || method === "HEAD") return true;
  const origin = headers.get("origin");
  // Programs that are no browser send none, and carry no cookies that somebody else could use.
  if (origin === null) return true;
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return URL.parse(origin)?.host === host;
}
