import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readSidecar } from "./sidecar.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pilab-sidecar-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const put = (name: string, content: unknown) =>
  writeFile(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
const read = () => readSidecar(join(folder, "x.jpg"));

it("reads time, series, shot type and metrics; the rest becomes metadata", async () => {
  await put("x.json", {
    captured_at: "2025-06-15T12:30:00Z",
    series: "germination-7",
    shot_type: "macro",
    metrics: { sharpness: 0.8, colonies: 12 },
    metadata: { lamp: "red" },
    ExposureTime: 20000,
  });
  expect(await read()).toEqual({
    sidecar: {
      capturedAt: "2025-06-15T12:30:00Z",
      series: "germination-7",
      shotType: "macro",
      metrics: { brightness: undefined, sharpness: 0.8, contrast: undefined },
      metadata: { lamp: "red", ExposureTime: 20000, metrics: { colonies: 12 } },
    },
  });
});

it("prefers x.jpg.json to x.json, and takes the names in either spelling", async () => {
  await put("x.json", { series: "of the stem" });
  await put("x.jpg.json", { series: "of the file", shotType: "wide", capturedAt: 1_750_000_000 });
  expect((await read()).sidecar).toMatchObject({
    series: "of the file",
    shotType: "wide",
    capturedAt: 1_750_000_000,
  });
});

it("says nothing where there is none", async () => {
  expect(await read()).toEqual({ sidecar: {} });
});

it.each([
  ["it is no JSON", "{"],
  ["it is no JSON object", "[1]"],
  ["it has 70002 bytes, 65536 are read", JSON.stringify("x".repeat(70_000))],
])("leaves a bad one out and says that %s", async (why, content) => {
  await put("x.json", content);
  expect(await read()).toEqual({ sidecar: {}, note: `its sidecar x.json was left out: ${why}` });
});

it("opens neither a named pipe, which would wait for ever, nor a folder", async () => {
  execFileSync("mkfifo", [join(folder, "x.jpg.json")]);
  await mkdir(join(folder, "y.json"));
  const left = (name: string) => ({ sidecar: {}, note: `its sidecar ${name} was left out: it is no file` });
  expect(await read()).toEqual(left("x.jpg.json"));
  expect(await readSidecar(join(folder, "y.jpg"))).toEqual(left("y.json"));
});

it("follows no link: it could lead to the credentials, and they into the catalogue", async () => {
  await put("device.json", { password: "secret" });
  await symlink(join(folder, "device.json"), join(folder, "x.json"));
  expect(await read()).toEqual({
    sidecar: {},
    note: "its sidecar x.json was left out: it is a link, which is not followed",
  });
});

it("drops a value out of its range and keeps the others", async () => {
  await put("x.json", { series: 7, shot_type: "macro", metrics: { brightness: 80, contrast: 0.5 } });
  expect((await read()).sidecar).toMatchObject({
    series: undefined,
    shotType: "macro",
    metrics: { brightness: undefined, contrast: 0.5 },
  });
});
