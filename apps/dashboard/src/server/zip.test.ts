import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Project, startProject } from "../../test/project.ts";
import { zipOf } from "./zip.ts";

let project: Project;
let accessToken: string;
const ids: string[] = [];
const paths: string[] = [];

beforeAll(async () => {
  project = await startProject();
  accessToken = (await project.person("viewer")).session.accessToken;
  const { pilab } = await project.device("dish-cam");
  for (let frame = 0; frame < 3; frame += 1) {
    const { captureId } = await pilab.captures.uploadAndLog(await project.picture());
    ids.push(captureId as string);
    paths.push((await project.service.captures.get(captureId as string)).object_path);
  }
});
afterEach(() => project.wire.reset());
afterAll(() => project?.stop());

const save = async (signal = new AbortController().signal) =>
  Buffer.from(await new Response(zipOf(accessToken, ids, signal)).arrayBuffer()).toString("latin1");

test("a capture whose object is gone is named in MISSING.txt, and the rest is there", async () => {
  const answer = {
    kind: "answer",
    status: 400,
    body: { statusCode: "404", error: "not_found", message: "Object not found" },
  } as const;
  project.wire.inject({ path: new RegExp(`authenticated/.*${paths[1]}`), fault: answer });
  const zip = await save();
  expect(zip).toContain("MISSING.txt");
  expect(zip).toContain(`${ids[1]}: opening ${paths[1]} failed`);
  expect(zip.split(paths[0] as string).length - 1).toBe(2);
  expect(zip.split(paths[2] as string).length - 1).toBe(2);
});

test.each([
  [
    "a token that has run out",
    { kind: "answer", status: 401, body: { message: "JWT expired", code: "PGRST303" } },
  ],
  ["a server that is away", { kind: "reset" }],
  [
    "rights that were withdrawn",
    {
      kind: "answer",
      status: 403,
      body: { statusCode: "403", message: "new row violates row-level security policy" },
    },
  ],
] as const)("%s breaks the file instead of leaving pictures out of it", async (_, fault) => {
  project.wire.inject({ path: new RegExp(`${ids[2]}|${paths[2]}`), fault });
  await expect(save()).rejects.toThrow();
});

test("a picture that is cut on its way breaks the file", async () => {
  project.wire.inject({
    path: new RegExp(paths[1] as string),
    fault: { kind: "cut-answer", afterBytes: 100 },
  });
  await expect(save()).rejects.toThrow();
});

test("reading stops when the browser goes", async () => {
  project.wire.inject({ path: new RegExp(paths[1] as string), fault: { kind: "hang" } });
  const asked = (path: string | undefined) =>
    project.wire.requests.some((request) => request.path.includes(path as string));
  const reader = zipOf(accessToken, ids, new AbortController().signal).getReader();
  const reading = (async () => {
    while (!(await reader.read()).done);
  })();
  await expect.poll(() => asked(paths[1])).toBe(true);
  await reader.cancel();
  await reading;
  expect(asked(paths[2])).toBe(false);
});
