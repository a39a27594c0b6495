/** Names by id, as the server knows them. */
export interface AuditNames {
  readonly devices: Readonly<Record<string, string>>;
  /** Accounts by which devices sign in. */
  readonly deviceAccounts: Readonly<Record<string, string>>;
  readonly people: Readonly<Record<string, string>>;
}

/** What the worker calls itself. */
const PROGRAMS = { "retention-worker": "The retention worker" };

/** By what people know an actor: its id, or its word, to a name. */
export function actorNames(names: AuditNames | undefined): Readonly<Record<string, string>> {
  return { ...PROGRAMS, ...names?.deviceAccounts, ...names?.people };
}

/** Who can be chosen as actor, by name. */
export function actorChoices(names: AuditNames | undefined): { group: string; items: string[] }[] {
  const groups = { People: names?.people, Devices: names?.deviceAccounts, Programs: PROGRAMS };
  return Object.entries(groups).flatMap(([group, named]) => {
    const items = [...new Set(Object.values(named ?? {}))].toSorted((a, b) => a.localeCompare(b, "en"));
    return items.length === 0 ? [] : [{ group, items }];
  });
}

/** The actor that a name means; what is no name is taken for an id or a program's word. */
export function actorOf(text: string, names: AuditNames | undefined): string {
  return Object.entries(actorNames(names)).find(([, name]) => name === text)?.[0] ?? text;
}
