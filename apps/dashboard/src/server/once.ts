import "server-only";

const store = globalThis as unknown as { pilabOnce?: Map<string, unknown> };

/** One value in the process: Next.js bundles a module once for pages, once for routes and once for the proxy. */
export function once<T>(name: string, make: () => T): T {
  store.pilabOnce ??= new Map();
  if (!store.pilabOnce.has(name)) store.pilabOnce.set(name, make());
  return store.pilabOnce.get(name) as T;
}
