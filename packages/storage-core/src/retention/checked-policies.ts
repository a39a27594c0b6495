import { PilabError, type RetentionPolicy, retentionPolicy } from "@pilab/schema";
import { z } from "zod";

/**
 * The policies that count: those enabled, each whole, no two of one scope. Anything else is refused before a capture is
 * looked at, for a policy read wrong deletes.
 */
export function checkedPolicies(policies: readonly RetentionPolicy[]): RetentionPolicy[] {
  const enabled = policies.filter((policy) => policy.enabled);
  const seen = new Set<string>();
  for (const policy of enabled) {
    const name = `retention policy ${policy.id ?? "without id"}`;
    const { error } = retentionPolicy.safeParse(policy);
    if (error) {
      throw new PilabError("invalid_input", `${name} cannot be applied: ${z.prettifyError(error)}`, {
        hint: "Correct or disable it; nothing is removed until then.",
      });
    }
    const scope = JSON.stringify([policy.series, policy.device_id, policy.shot_type, policy.bucket_id]);
    if (seen.has(scope)) {
      throw new PilabError("invalid_input", `${name} has the scope of another one`, {
        hint: "Disable one of them; nothing is removed until then.",
      });
    }
    seen.add(scope);
  }
  return enabled;
}
