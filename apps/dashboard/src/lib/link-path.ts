/** Where the dashboard serves captures by signed links. */
const LINKS = "/api/links/";

/** The dashboard's own path of a link that Supabase signed: its address need not reach Supabase. */
export function linkPath(objectPath: string, signedUrl: string): string {
  const token = new URL(signedUrl).searchParams.get("token") ?? "";
  return `${LINKS}${objectPath.split("/").map(encodeURIComponent).join("/")}?token=${encodeURIComponent(token)}`;
}

/** The object's path in a link's; undefined for one that would lead elsewhere. */
export function objectPathOf(pathname: string): string | undefined {
  try {
    const parts = pathname.slice(LINKS.length).split("/").map(decodeURIComponent);
    return parts.every(isName) ? parts.join("/") : undefined;
  } catch {
    return undefined; // half an escape
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be
const BAD = /[/\\\u0000-\u001f\u007f]/;

function isName(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !BAD.test(part);
}
