import { PilabError } from "@pilab/schema";

const OPERATORS = {
  eq: "=",
  neq: "<>",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
  isdistinct: "is distinct from",
  in: "in",
  is: "is",
} as const;

const IS_VALUES = ["null", "true", "false", "unknown"];
const TEXT_OPERATORS = new Set(["like", "ilike", "match", "imatch"]);

/** One condition of a filter; a filter is the AND of its conditions. */
export interface Condition {
  column: string;
  operator: keyof typeof OPERATORS;
  negated: boolean;
  /** One value, or for `in` all of them. */
  values: string[];
}

/**
 * Reads a filter as supabase-js writes it: `device_id=eq.7,state=not.in.(idle,"a,b")`.
 *
 * @throws PilabError `invalid_input`, saying what was wanted
 */
export function parseFilter(text: string): Condition[] {
  if (text.trim() === "") return [];
  const conditions: Condition[] = [];
  let rest = text;
  while (true) {
    const head = /^\s*([^=,]+)=(not\.)?([a-z]+)\./.exec(rest);
    const operator = head?.[3] ?? "";
    if (!head || !isOperator(operator)) throw badFilter(text, "column=operator.value");
    const body = rest.slice(head[0].length);
    const [values, after] = operator === "in" ? readList(text, body) : readScalar(text, body);
    if (operator === "is" && !IS_VALUES.includes(values[0] ?? ""))
      throw badFilter(text, `is.${IS_VALUES.join("|is.")}`);
    conditions.push({ column: head[1] as string, operator, negated: head[2] !== undefined, values });
    if (after === "") return conditions;
    if (!after.startsWith(",")) throw badFilter(text, "a comma between conditions");
    rest = after.slice(1);
  }
}

/**
 * The SQL of one condition on row `r`.
 *
 * @param type the column's type in SQL, to which each value is cast
 * @param bind adds a parameter and gives its placeholder
 */
export function conditionSql(
  { column, operator, negated, values }: Condition,
  type: string,
  bind: (value: string) => string,
): string {
  const isText = TEXT_OPERATORS.has(operator);
  const left = `r.${quoteIdentifier(column)}${isText ? "::text" : ""}`;
  // First to text: the driver must not guess the parameter's type from the column's.
  const placeholders = () => values.map((value) => `${bind(value)}::text${isText ? "" : `::${type}`}`);
  const right =
    operator === "is" ? values[0] : operator === "in" ? `(${placeholders().join(", ")})` : placeholders()[0];
  const sql = `${left} ${OPERATORS[operator]} ${right}`;
  return negated ? `not (${sql})` : `(${sql})`;
}

/** A name as SQL takes it whatever its letters. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function isOperator(text: string): text is keyof typeof OPERATORS {
  return Object.hasOwn(OPERATORS, text);
}

function readScalar(whole: string, text: string): [string[], string] {
  if (text.startsWith('"')) {
    const [value, rest] = readQuoted(whole, text);
    return [[value], rest];
  }
  const end = text.indexOf(",");
  return end < 0 ? [[text], ""] : [[text.slice(0, end)], text.slice(end)];
}

function readList(whole: string, text: string): [string[], string] {
  if (!text.startsWith("(")) throw badFilter(whole, "in.(a,b)");
  const values: string[] = [];
  let rest = text.slice(1);
  while (true) {
    const bare = /^[^,()"]*/.exec(rest)?.[0] ?? "";
    const [value, after] = rest.startsWith('"') ? readQuoted(whole, rest) : [bare, rest.slice(bare.length)];
    values.push(value);
    if (after.startsWith(")")) return [values, after.slice(1)];
    if (!after.startsWith(",")) throw badFilter(whole, "in.(a,b)");
    rest = after.slice(1);
  }
}

function readQuoted(whole: string, text: string): [string, string] {
  const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(text);
  if (!quoted) throw badFilter(whole, "a closing quote");
  return [(quoted[1] as string).replace(/\\(.)/gs, "$1"), text.slice(quoted[0].length)];
}

function badFilter(text: string, wanted: string): PilabError {
  return new PilabError(
    "invalid_input",
    `the filter ${JSON.stringify(text)} is not understood, wanted ${wanted}`,
  );
}
