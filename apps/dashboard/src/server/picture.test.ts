import { makeMp4 } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Project, startProject } from "../../test/project.ts";
import { picture } from "./picture.ts";

let project: Project;
let viewer: Awaited<ReturnType<Project["person"]>>;
let bytes: Buffer;
let id: string;
let videoId: string;

beforeAll(async () => {
  project = await startProject();
  viewer = await project.person("viewer");
  const { pilab } = await project.device("dish-cam");
  bytes = await project.picture();
  id = (await pilab.captures.uploadAndLog(bytes)).captureId as string;
  videoId = (await pilab.captures.uploadAndLog(makeMp4({ mediaBytes: 500_000 }))).captureId as string;
});
afterEach(() => project.wire.reset());
afterAll(() => project?.stop());

const get = (of: string, thumbnail: boolean, headers: Record<string, string> = {}) =>
  picture(new Request(`http://lab.test/${of}`, { headers }), { id: of, thumbnail }, viewer);
const NOT_FOUND = {
  kind: "answer",
  status: 400,
  body: { statusCode: "404", error: "not_found", message: "Object not found" },
} as const;
const opened = () => project.wire.requests.filter(({ path }) => path.includes("/object/authenticated/"));

describe("a thumbnail", () => {
  test("is kept for a day, and then its rights are asked for again", async () => {
    const answer = await get(id, true);
    expect(answer.headers.get("content-type")).toBe("image/webp");
    expect(answer.headers.get("cache-control")).toBe("private, max-age=86400");
    await answer.arrayBuffer();
    const etag = answer.headers.get("etag") as string;
    project.wire.reset();
    expect((await get(id, true, { "if-none-match": etag })).status).toBe(304);
    expect(project.wire.requests).toHaveLength(1);
    expect(opened()).toEqual([]);
  });

  test("whose object is gone is stood in for by the picture, which is not kept as the thumbnail", async () => {
    project.wire.inject({ path: /pilab-dev-thumbs/, fault: NOT_FOUND });
    const answer = await get(id, true);
    expect(answer.headers.get("content-type")).toBe("image/jpeg");
    expect(answer.headers.get("cache-control")).toBe("private, max-age=300");
    expect(answer.headers.get("etag")).toBe(`"${id}"`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test("of a video that has none is a drawing; the video is not sent", async () => {
    const answer = await get(videoId, true);
    expect(answer.headers.get("content-type")).toBe("image/svg+xml");
    expect(answer.headers.get("x-pilab-missing")).toBeNull();
    const svg = await answer.text();
    expect(svg).toContain(">video<");
    expect(svg.length).toBeLessThan(2000);
    expect(opened()).toEqual([]);
  });

  test("says that the picture is missing when both are", async () => {
    project.wire.inject({ path: /object\/authenticated/, fault: NOT_FOUND });
    const answer = await get(id, true);
    expect(answer.headers.get("x-pilab-missing")).toBe("1");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("that cannot be read now is an error, and nothing stands in for it", async () => {
    project.wire.inject({
      path: /pilab-dev-thumbs/,
      fault: { kind: "answer", status: 401, body: { message: "jwt expired" } },
    });
    expect((await get(id, true)).status).toBe(401);
  });
});

test("a picture is kept for minutes, and then its rights are asked for again", async () => {
  const answer = await get(id, false);
  expect(answer.headers.get("cache-control")).toBe("private, max-age=300");
  await answer.arrayBuffer();
  expect((await get(id, false, { "if-none-match": `"${id}"` })).status).toBe(304);
  // One who may not see it is not told that it is unchanged.
  const nobody = await project.person(null);
  const refused = await picture(
    new Request("http://lab.test/", { headers: { "if-none-match": `"${id}"` } }),
    { id, thumbnail: false },
    nobody,
  );
  expect(refused.status).toBe(200);
  expect(refused.headers.get("x-pilab-missing")).toBe("1");
});
