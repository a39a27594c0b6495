/** A Supabase that a contract suite is pointed at. */
export interface ContractTarget {
  url: string;
  anonKey: string;
  serviceRoleKey: string;
}

/**
 * The Supabase named by PILAB_CONTRACT_URL, PILAB_CONTRACT_ANON_KEY and PILAB_CONTRACT_SERVICE_ROLE_KEY, or undefined when
 * none of them is set.
 */
export function testTarget(env: Record<string, string | undefined>): ContractTarget | undefined {
  const names = ["PILAB_CONTRACT_URL", "PILAB_CONTRACT_ANON_KEY", "PILAB_CONTRACT_SERVICE_ROLE_KEY"] as const;
  const [url, anonKey, serviceRoleKey] = names.map((name) => env[name]);
  if (url && anonKey && serviceRoleKey) return { url: url.replace(/\/+$/, ""), anonKey, serviceRoleKey };
  const missing = names.filter((name) => !env[name]);
  if (missing.length < names.length)
    throw new Error(`To test another Supabase, set ${missing.join(" and ")} too`);
  return undefined;
}
