import { z } from "zod";
import { PilabError } from "../errors.ts";

/** One part of the environment, such as `logEnv`, or several by name. */
export type EnvironmentSchema = z.ZodType | Record<string, z.ZodType>;

/** What {@link parseEnvironment} gives for a schema. */
export type Environment<S extends EnvironmentSchema> = S extends z.ZodType
  ? z.output<S>
  : { [Part in keyof S]: S[Part] extends z.ZodType ? z.output<S[Part]> : never };

// Supabase's newer names, which win: the older keys are being switched off.
const NEWER_NAMES: Readonly<Record<string, string>> = {
  SUPABASE_ANON_KEY: "SUPABASE_PUBLISHABLE_KEY",
  SUPABASE_SERVICE_ROLE_KEY: "SUPABASE_SECRET_KEY",
};
const SECRET_NAME = /KEY|SECRET|PASSWORD|TOKEN/;

/**
 * Reads the environment once, at the start of a program. An empty variable counts as missing.
 *
 * @throws PilabError `invalid_environment` that names every wrong variable, what it got (secrets: set or missing), and what
 *   it wants
 * @example const env = parseEnvironment({ supabase: supabaseEnv, log: logEnv }, process.env); // env.log.level
 */
export function parseEnvironment<S extends EnvironmentSchema>(
  schema: S,
  source: Readonly<Record<string, string | undefined>>,
): Environment<S> {
  const variables = cleaned(source);
  const parts: Record<string, z.ZodType> = schema instanceof z.ZodType ? { only: schema } : schema;
  const parsed = Object.entries(parts).map(
    ([part, partSchema]) => [part, partSchema.safeParse(variables)] as const,
  );
  const issues = parsed.flatMap(([, result]) => result.error?.issues ?? []);
  if (issues.length > 0) throw wrongVariables(issues, variables);
  const values = Object.fromEntries(parsed.map(([part, result]) => [part, result.data]));
  return (schema instanceof z.ZodType ? values.only : values) as Environment<S>;
}

function cleaned(source: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const filled = Object.entries(source).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim()] as const] : [],
  );
  const variables = Object.fromEntries(filled);
  for (const [name, newer] of Object.entries(NEWER_NAMES)) {
    if (variables[newer] !== undefined) variables[name] = variables[newer];
  }
  return variables;
}

function wrongVariables(issues: readonly z.core.$ZodIssue[], variables: Record<string, string>): PilabError {
  const wrong = new Map<string, { name: string; got: string; wants: string }>();
  for (const { path, message } of issues) {
    const key = String(path[0]);
    const name = NEWER_NAMES[key] ? `${key} (or ${NEWER_NAMES[key]})` : key;
    if (!wrong.has(key)) wrong.set(key, { name, got: got(key, variables[key]), wants: message });
  }
  const list = [...wrong.values()];
  const lines = list.map(({ name, got, wants }) => `  ${name}: ${got}, wants ${wants}`);
  const title = `${list.length} environment ${list.length === 1 ? "variable is" : "variables are"} wrong:`;
  return new PilabError("invalid_environment", [title, ...lines].join("\n"), {
    details: { variables: list },
  });
}

function got(key: string, value: string | undefined): string {
  if (value === undefined) return "missing";
  return SECRET_NAME.test(key) ? "set" : `got ${JSON.stringify(value)}`;
}
