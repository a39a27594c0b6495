import { expect, test } from "vitest";
import { textOf, utc } from "./text-of.ts";

async function* rows(...values: Record<string, unknown>[]) {
  yield* values;
}

async function text(...args: Parameters<typeof textOf>): Promise<string> {
  let whole = "";
  for await (const part of textOf(...args)) whole += part;
  return whole;
}

const two = () => rows({ at: "2026-03-09T12:00:00Z", files: 3, left: 1 }, { files: null, at: "=1+1" });

test("CSV begins with the names of its columns and has just these", async () => {
  expect(await text("csv", ["at", "files"], two())).toBe(
    'at,files\r\n"2026-03-09T12:00:00Z",3\r\n"\'=1+1",\r\n',
  );
});

test("JSON is one array of objects with the same fields, also when there is nothing", async () => {
  expect(JSON.parse(await text("json", ["at", "files"], two()))).toEqual([
    { at: "2026-03-09T12:00:00Z", files: 3 },
    { at: "=1+1", files: null },
  ]);
  expect(JSON.parse(await text("json", ["at"], rows()))).toEqual([]);
});

test("JSONL is one object a line, and nothing where there is nothing", async () => {
  const lines = (await text("jsonl", ["files"], two())).split("\n");
  expect(lines).toEqual(['{"files":3}', '{"files":null}', ""]);
  expect(await text("jsonl", ["files"], rows())).toBe("");
});

test("JSON that was cut is no JSON", async () => {
  async function* cut() {
    yield { at: 1 };
    throw new Error("away");
  }
  let written = "";
  const reading = async () => {
    for await (const part of textOf("json", ["at"], cut())) written += part;
  };
  await expect(reading()).rejects.toThrow("away");
  expect(() => JSON.parse(written)).toThrow(SyntaxError);
});

test.each([
  ["2026-03-09T12:00:00.123456+00:00", "2026-03-09T12:00:00.123456Z"],
  ["2026-03-09T12:00:00+02:00", "2026-03-09T10:00:00.000Z"],
  [null, null],
])("%s is written as %s", (time, written) => {
  expect(utc(time)).toBe(written);
});
