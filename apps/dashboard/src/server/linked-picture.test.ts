import { createHmac } from "node:crypto";
import { makeMp4 } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Project, startProject } from "../../test/project.ts";
import { linkPath, objectPathOf } from "../lib/link-path.ts";
import { linkedPicture } from "./linked-picture.ts";

let project: Project;
let bytes: Buffer;
/** Of a picture, as the page gives it. */
let path: string;
let videoPath: string;

beforeAll(async () => {
  project = await startProject();
  const { pilab } = await project.device("dish-cam");
  bytes = await project.picture();
  const link = async (picture: Uint8Array) => {
    const { captureId } = await pilab.captures.uploadAndLog(picture);
    const capture = await project.service.captures.get(captureId as string);
    return linkPath(capture.object_path, await project.service.captures.signedUrl(capture));
  };
  [path, videoPath] = [await link(bytes), await link(makeMp4())];
});
afterEach(() => project.wire.reset());
afterAll(() => project?.stop());

const open = (at: string, init?: RequestInit) => linkedPicture(new Request(`http://lab.test${at}`, init));
/** What was asked of Supabase. */
const asked = () => project.wire.requests.map((request) => request.path);

test("a link gives the picture to anybody, under the dashboard's address", async () => {
  const answer = await open(path);
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "image/jpeg",
    "content-length": String(bytes.length),
    "cache-control": "private, max-age=300",
  });
  expect(answer.headers.get("content-disposition")).toBeNull();
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);

  const head = await open(path, { method: "HEAD" });
  expect(head.headers.get("content-length")).toBe(String(bytes.length));
  expect((await head.arrayBuffer()).byteLength).toBe(0);

  const part = await open(videoPath, { headers: { range: "bytes=4-11" } });
  expect(part.status).toBe(206);
  expect(part.headers.get("content-type")).toBe("video/mp4");
  expect(Buffer.from(await part.arrayBuffer())).toEqual(makeMp4().subarray(4, 12));
});

test("a link opens its own object alone, and none when it has run out", async () => {
  const [object, token] = path.split("?token=") as [string, string];
  const [video] = videoPath.split("?") as [string];
  expect((await open(`${video}?token=${token}`)).status).toBe(404);

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const sign = (claims: object) => {
    const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    return `${body}.${createHmac("sha256", project.supabase.jwtSecret).update(body).digest("base64url")}`;
  };
  const claims = JSON.parse(Buffer.from(token.split(".")[1] as string, "base64url").toString());
  expect((await open(`${object}?token=${sign(claims)}`)).status).toBe(200);
  expect((await open(`${object}?token=${sign({ ...claims, exp: 1000 })}`)).status).toBe(404);
  // A person's own token is no link.
  const { session } = await project.person("admin");
  expect((await open(`${object}?token=${session.accessToken}`)).status).toBe(404);
});

test.each([
  "/api/links/../object/list/pilab-dev?token=a.b.c",
  "/api/links/pi-1/%2e%2e%2f%2e%2e%2fother/x.jpg?token=a.b.c",
  "/api/links/pi-1%2fx.jpg?token=a.b.c",
  "/api/links/pi-1/..%5cx.jpg?token=a.b.c",
  "/api/links/pi-1//x.jpg?token=a.b.c",
  "/api/links/pi-1/%00.jpg?token=a.b.c",
  "/api/links/pi-1/%zz.jpg?token=a.b.c",
  "/api/links/?token=a.b.c",
  "/api/links/pi-1/x.jpg",
  "/api/links/pi-1/x.jpg?token=a.b.c%26download=1",
  "/api/links/pi-1/x.jpg?token=a.b.c/../../..",
])("%s asks Supabase for nothing", async (wrong) => {
  const answer = await open(wrong);
  // A URL's own `..` is gone before anybody reads it, and leads out of the links.
  if (new URL(wrong, "http://lab.test").pathname.startsWith("/api/links/")) {
    expect(answer.status).toBe(400);
    expect(asked()).toEqual([]);
  }
});

test("whatever a path holds, the dashboard's own bucket is asked, and no more of the query than the token", async () => {
  await open("/api/links/pi-1/2026/a%20%3Fb%23.jpg?token=a.b.c&download=x&width=5");
  expect(asked()).toEqual(["/storage/v1/object/sign/pilab-dev/pi-1/2026/a%20%3Fb%23.jpg?token=a.b.c"]);
  expect(objectPathOf("/api/links/pi-1/2026/a%20%3Fb%23.jpg")).toBe("pi-1/2026/a ?b#.jpg");
});

test.each(["text/html", "image/svg+xml", "application/pdf", "text/javascript; charset=utf-8"])(
  "%s is saved and not shown",
  async (type) => {
    const fault = {
      kind: "answer",
      status: 200,
      body: "<script>alert(1)</script>",
      headers: { "content-type": type },
    } as const;
    project.wire.inject({ path: /object\/sign/, fault });
    const answer = await open(path);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment; filename="\S+\.jpg"/);
    await answer.body?.cancel();
  },
);

test("a Supabase that is away or leads elsewhere is told from a link that is wrong", async () => {
  project.wire.inject({ times: 1, fault: { kind: "reset" } });
  expect((await open(path)).status).toBe(502);
  project.wire.inject({ times: 1, fault: { kind: "answer", status: 503 } });
  expect((await open(path)).status).toBe(502);
  const headers = { location: "http://127.0.0.1:9/" };
  project.wire.inject({ times: 1, fault: { kind: "answer", status: 302, headers } });
  expect((await open(path)).status).toBe(502);
});
