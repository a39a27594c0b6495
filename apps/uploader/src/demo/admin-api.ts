import { PilabError } from "@pilab/schema";

/** One local Supabase, and the key that passes by every rule. */
export interface ServiceAccess {
  url: string;
  serviceRoleKey: string;
}

/** A call under the service key. Answers that are no success throw, with what the server said. */
export type AdminCall = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** How long one answer may take. */
const TIMEOUT_MS = 30_000;

/** Makes the {@link AdminCall} of one server; each change names `npm start` as its claimed actor. */
export function createAdminCall({ url, serviceRoleKey }: ServiceAccess, signal?: AbortSignal): AdminCall {
  const headers = {
    apikey: serviceRoleKey,
    authorization: `Bearer ${serviceRoleKey}`,
    "content-type": "application/json",
    "x-pilab-actor": "npm start",
    prefer: "return=representation",
  };
  return async <T>(method: string, path: string, body?: unknown) => {
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new PilabError(
        "server_error",
        `${method} ${path.split("?")[0]} was answered with ${response.status}: ${text.slice(0, 300)}`,
      );
    }
    return (text === "" ? null : JSON.parse(text)) as T;
  };
}
