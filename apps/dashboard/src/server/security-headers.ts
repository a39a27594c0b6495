/**
 * What a page may load: our own files alone, and of scripts and style sheets only those that carry this answer's nonce.
 * Style attributes are let through: the component library places things by them, and they can load nothing from elsewhere.
 */
export function contentSecurityPolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ""}`,
    development ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Of what a Pi sent: data, never a page. The browser's own page around a picture or a video may show it, and nothing runs. */
const PICTURE_POLICY =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/** What the answer of an address may load. The proxy's headers stand before those of a route, so all are here. */
export function policyOf(pathname: string, page: { nonce: string; development: boolean }): string {
  if (/^\/api\/(pictures|thumbnails|links)\//.test(pathname)) return PICTURE_POLICY;
  return contentSecurityPolicy(page.nonce, page.development);
}

/** Headers of the answer of an address. */
export function securityHeaders(pathname: string): readonly (readonly [string, string])[] {
  if (!pathname.startsWith("/api/links/")) return SECURITY_HEADERS;
  // Whoever has a link may show its picture in a page or a notebook of their own.
  return SECURITY_HEADERS.map(([name, value]) =>
    name === "cross-origin-resource-policy" ? [name, "cross-origin"] : [name, value],
  );
}

/** Headers of every answer but a few. */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "same-origin"],
  ["x-frame-options", "DENY"],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["permissions-policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()"],
];
