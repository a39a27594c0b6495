import { spawnSync } from "node:child_process";

/**
 * Whether a program is on this host; tests that want it are left out where it is not. On GitHub, where
 * .github/workflows/ci.yml installs it, its absence is an error.
 */
export function hasProgram(name: string, versionFlag: string): boolean {
  const has = spawnSync(name, [versionFlag]).status === 0;
  if (!has && process.env.GITHUB_ACTIONS) throw new Error(`${name} is missing; ci.yml has to install it`);
  return has;
}
