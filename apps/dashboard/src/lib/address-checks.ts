// What may stand in an address, by hand: a library for it would be a third of the page's script.

/** A word or a name, of a series or an actor. */
export function isLabel(text: string): boolean {
  return text.length > 0 && text.length <= 200;
}

/** An id, as zod's `uuid` takes it. */
export function isUuid(text: string): boolean {
  return /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i.test(text);
}

/** A moment with its offset from UTC. */
export function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
}
