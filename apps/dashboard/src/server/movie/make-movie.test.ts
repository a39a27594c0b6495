import { spawnSync } from "node:child_process";
import type { CaptureTile } from "@pilab/storage-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { hasProgram } from "../../../test/has-program.ts";
import { type Project, startProject } from "../../../test/project.ts";
import { movieFile } from "./movie-file.ts";

const FRAMES = 90;
const hasFfmpeg = hasProgram("ffmpeg", "-version");

describe.skipIf(!hasFfmpeg)("a movie, where ffmpeg is on the host", () => {
  let project: Project;
  let viewer: Awaited<ReturnType<Project["person"]>>;
  let frames: CaptureTile[];

  beforeAll(async () => {
    project = await startProject();
    viewer = await project.person("viewer");
    const { pilab } = await project.device("dish-cam");
    for (let frame = 0; frame < FRAMES; frame += 1) {
      await pilab.captures.uploadAndLog(await project.picture({ width: 800, height: 600, noise: 1 }), {
        capturedAt: new Date(Date.UTC(2026, 2, 9, 12, frame)),
        series: "dish 7",
      });
    }
    frames = (await project.service.captures.tiles({ series: "dish 7", order: "oldest", limit: FRAMES }))
      .captures;
  });
  afterEach(() => project.wire.reset());
  afterAll(() => project?.stop());

  const begin = (signal?: AbortSignal) =>
    movieFile(
      new Request("http://lab.test/api/export/movie?series=dish+7&fps=10", { signal: signal ?? null }),
      viewer,
    );
  /** Pictures that were asked for. */
  const opened = () =>
    project.wire.requests.filter(({ path }) => path.includes("/object/authenticated/")).length;

  test("has every frame; one whose object is gone is left out", { timeout: 120_000 }, async () => {
    const gone = { statusCode: "404", error: "not_found", message: "Object not found" };
    project.wire.inject({
      path: /\/object\/authenticated\//,
      times: 1,
      fault: { kind: "answer", status: 400, body: gone },
    });
    const movie = Buffer.from(await (await begin()).arrayBuffer());
    const { stdout } = spawnSync(
      "ffprobe",
      [
        ...["-v", "error", "-count_frames", "-select_streams", "v:0"],
        ...["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", "-"],
      ],
      { input: movie, maxBuffer: 1e9 },
    );
    expect(String(stdout).trim()).toBe(String(FRAMES - 1));
  });

  test.each([
    ["a token that has run out", { kind: "answer", status: 401, body: { message: "JWT expired" } }],
    ["a server that is away", { kind: "reset" }],
  ] as const)("%s breaks it instead of making it shorter", async (_, fault) => {
    project.wire.inject({ path: new RegExp(`${frames.at(-1)?.id}|${await pathOf(-1)}`), fault });
    const answer = await begin();
    expect(answer.status).toBe(200);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(runningFfmpegs()).toEqual([]);
  });

  test("is made no faster than it is taken, and ends with who wanted it", { timeout: 120_000 }, async () => {
    const reader = ((await begin()).body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    expect(runningFfmpegs()).toHaveLength(1);
    const seen: number[] = [];
    // Until nothing is read any more: what ffmpeg holds is full.
    const stands = () => seen.push(opened()) > 1 && seen.at(-2) === seen.at(-1);
    await expect.poll(stands, { interval: 1500, timeout: 60_000 }).toBe(true);
    expect(opened()).toBeLessThan(FRAMES);
    await reader.cancel();
    expect(runningFfmpegs()).toEqual([]);
    // The person's one place is free again, and so is the client.
    const next = await begin();
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  test("ends with a request that is cut while the movie is under way", async () => {
    const gone = new AbortController();
    const answer = await begin(gone.signal);
    const reading = answer.arrayBuffer();
    gone.abort();
    await expect(reading).rejects.toThrow();
    expect(runningFfmpegs()).toEqual([]);
  });

  async function pathOf(index: number): Promise<string> {
    return (await project.service.captures.get(frames.at(index)?.id as string)).object_path;
  }
});

/** Children of this process that are ffmpeg and have not ended. */
function runningFfmpegs(): string[] {
  const { stdout } = spawnSync("ps", ["--ppid", String(process.pid), "-o", "pid=,stat=,comm="], {
    encoding: "utf8",
  });
  return stdout.split("\n").filter((line) => /ffmpeg/.test(line) && !/\bZ/.test(line));
}
