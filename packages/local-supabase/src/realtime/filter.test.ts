import { postgresChangesFilter } from "@supabase/supabase-js";
import { describe, expect, test } from "vitest";
import { conditionSql, parseFilter } from "./filter.ts";

const condition = (column: string, operator: string, values: string[], negated = false) => ({
  column,
  operator,
  negated,
  values,
});

describe("a filter", () => {
  test.each([
    ["id=eq.7", [condition("id", "eq", ["7"])]],
    ["id=eq.7,age=lt.30", [condition("id", "eq", ["7"]), condition("age", "lt", ["30"])]],
    ["state=not.in.(idle,busy)", [condition("state", "in", ["idle", "busy"], true)]],
    ["deleted_at=is.null", [condition("deleted_at", "is", ["null"])]],
    ["url=eq.http://a.b/c?d=e", [condition("url", "eq", ["http://a.b/c?d=e"])]],
    ["name=eq.", [condition("name", "eq", [""])]],
    ["", []],
  ])("%s is read", (text, expected) => {
    expect(parseFilter(text)).toEqual(expected);
  });

  test("is read back exactly as supabase-js's builder writes it, whatever the value", () => {
    const hard = ["a,b", "(x)", 'say "hi"', "back\\slash", " padded ", "dot.dot", "ünï"];
    const text = postgresChangesFilter()
      .in("name", hard)
      .not("name", "eq", hard[2] as string)
      .like("name", "%,%")
      .build();
    expect(parseFilter(text)).toEqual([
      condition("name", "in", hard),
      condition("name", "eq", [hard[2] as string], true),
      condition("name", "like", ["%,%"]),
    ]);
  });

  test.each([
    "id",
    "id=7",
    "id=between.1",
    "id=in.1",
    "id=in.(1",
    'id=eq."x',
    'id=eq."x"y',
    "id=is.7",
    "id=eq.a,b",
    "id=constructor.a",
  ])("%s is refused", (text) => {
    expect(() => parseFilter(text)).toThrow("is not understood, wanted");
  });

  test("never puts a value or a bare name into SQL", () => {
    const bound: string[] = [];
    const bind = (value: string) => `$${bound.push(value)}`;
    const [evil] = parseFilter(`a"; drop table x; --=not.in.(1,"2'")`);
    if (!evil) throw new Error("no condition");
    expect(conditionSql(evil, "integer", bind)).toBe(
      'not (r."a""; drop table x; --" in ($1::text::integer, $2::text::integer))',
    );
    expect(bound).toEqual(["1", "2'"]);
  });
});
