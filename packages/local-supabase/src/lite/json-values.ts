import type { AnyAST, IntrospectResult } from "@supabase/lite";

/** A value for a json column, as JSON text: lite passes an object of a class through as it is. */
export class JsonText {
  readonly text: string;
  constructor(value: unknown) {
    this.text = JSON.stringify(value);
  }
}

/**
 * Writes every value that goes to a json or jsonb column or argument as JSON text. lite gives the bare value, which makes
 * an error of a JSON string, and, where the driver cannot know the type, a Postgres array of a JSON array.
 */
export function encodeJson(ast: AnyAST, catalogue: IntrospectResult): AnyAST {
  const schema = ast.schema ?? catalogue.default_schema ?? "public";
  if (ast.type === "rpc") {
    if (ast.httpMethod !== "POST" || !isRecord(ast.args)) return ast;
    const jsonArguments = findJsonArguments(catalogue, schema, ast.function ?? "", Object.keys(ast.args));
    return { ...ast, args: encode(ast.args, jsonArguments, JSON.stringify) };
  }
  if (!("values" in ast) || !ast.values) return ast;
  const columns = new Set(
    catalogue.columns
      .filter(
        (column) =>
          column.table === ast.from && column.schema === schema && isJson(column.pg_type ?? column.type),
      )
      .map((column) => column.name),
  );
  if (columns.size === 0) return ast;
  const row = (values: object) =>
    encode(values as Record<string, unknown>, columns, (value) => new JsonText(value));
  return { ...ast, values: Array.isArray(ast.values) ? ast.values.map(row) : row(ast.values) } as AnyAST;
}

function findJsonArguments(
  catalogue: IntrospectResult,
  schema: string,
  name: string,
  given: string[],
): Set<string> {
  const candidates = (catalogue.functions ?? []).filter(
    (fn) =>
      fn.schema === schema && fn.name === name && given.every((argument) => fn.arg_names.includes(argument)),
  );
  const [fn, ...others] = candidates;
  if (!fn || others.length > 0) return new Set();
  return new Set(fn.arg_names.filter((_, index) => isJson(fn.arg_types[index])));
}

function encode(
  values: Record<string, unknown>,
  names: Set<string>,
  as: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      names.has(name) && value !== null ? as(value) : value,
    ]),
  );
}

function isJson(type: string | undefined): boolean {
  return type === "json" || type === "jsonb";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
