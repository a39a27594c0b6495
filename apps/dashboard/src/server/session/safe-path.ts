/** Where to go after the sign-in: a path of ours, never another site's. */
export function safePath(wanted: unknown): string {
  if (typeof wanted !== "string" || !/^\/(?![/\\])/.test(wanted)) return "/";
  const url = URL.parse(wanted, "http://here.invalid");
  return url?.origin === "http://here.invalid" ? `${url.pathname}${url.search}` : "/";
}
