import type { SkipRule } from "./skip-rule.ts";

/** Which frames a film has, and which of them it leaves out: what stands in the page's address. */
export interface FilmFilter extends SkipRule {
  readonly series?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

const TEXTS = { series: "series", device: "deviceId", from: "from", until: "until" } as const;
const SHARES = ["dark", "blurred"] as const;

/** Reads it from an address; what cannot be read is left out. */
export function filmFromSearch(search: URLSearchParams): FilmFilter {
  const texts = Object.entries(TEXTS).flatMap(([name, field]) => {
    const value = search.get(name);
    return value && ((name !== "from" && name !== "until") || !Number.isNaN(Date.parse(value)))
      ? [[field, value]]
      : [];
  });
  const [dark, blurred] = SHARES.map((name) => share(search.get(name)));
  return { ...Object.fromEntries(texts), dark: dark ?? null, blurred: blurred ?? null };
}

/** Writes it as an address has it. */
export function filmToSearch(filter: FilmFilter): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, field] of Object.entries(TEXTS)) {
    const value = filter[field];
    if (value) search.set(name, value);
  }
  for (const name of SHARES) {
    const value = filter[name];
    if (value !== null) search.set(name, String(value));
  }
  return search;
}

function share(text: string | null): number | null {
  const value = Number(text);
  return text && value > 0 && value <= 1 ? value : null;
}
