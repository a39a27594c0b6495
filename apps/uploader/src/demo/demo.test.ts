import { inspectCapture } from "@pilab/storage-core";
import { expect, it } from "vitest";
import { arrivalLine } from "./arrivals.ts";
import { drawFrame, growthAt, lightAt } from "./frame.ts";
import { quoted } from "./run-demo.ts";

const HOUR = 60 * 60 * 1000;

it("draws a JPEG that says camera, exposure, and when it was taken, with the zone", async () => {
  const found = await inspectCapture(
    { bytes: await drawFrame(new Date("2026-01-01T10:26:10.123Z")) },
    { fileName: "tray.jpg" },
  );
  expect(found).toMatchObject({
    extension: "jpg",
    width: 1280,
    height: 720,
    exif: { make: "PiLab", model: "Demo camera", fNumber: 1.8, focalLengthMm: 4.74 },
    takenAt: { text: "2026:01:01 10:26:10.123", offsetMinutes: 0 },
    notes: [],
  });
});

it("never draws two frames alike", async () => {
  const at = Date.UTC(2026, 0, 1);
  const [one, other] = await Promise.all([drawFrame(new Date(at)), drawFrame(new Date(at + 100))]);
  expect(one.equals(other)).toBe(false);
});

it("shows seedlings that grow for an hour, under a lamp that is never out", () => {
  expect([0, HOUR / 2, HOUR - 1, HOUR].map((at) => Math.round(growthAt(new Date(at)) * 100))).toEqual([
    0, 50, 100, 0,
  ]);
  for (let at = 0; at < HOUR; at += 7000) {
    expect(lightAt(new Date(at))).toBeGreaterThanOrEqual(0.25);
    expect(lightAt(new Date(at))).toBeLessThanOrEqual(1);
  }
});

it("is brighter in the picture when the lamp is", async () => {
  const brightness = async (at: number) =>
    (await inspectCapture({ bytes: await drawFrame(new Date(at)) }, { fileName: "tray.jpg" })).measures
      ?.brightness ?? 0;
  expect(await brightness(0)).toBeLessThan((await brightness(2 * 60 * 1000)) / 2);
});

it("tells one arrival by its picture, several by their sum", () => {
  const at = new Date(2026, 0, 1, 10, 31, 5);
  const newest = { file: "a.jpg", width: 1280, height: 720, brightness: 0.4213 };
  const arrival = { device: "demo-camera", at, captures: 1, bytes: 43_184, newest };
  expect(arrivalLine(arrival)).toBe("10:31:05  demo-camera   a.jpg, 1280 × 720, 43.2 kB, brightness 0.42");
  expect(arrivalLine({ ...arrival, device: "this-machine", captures: 37, bytes: 32_400_000 })).toBe(
    "10:31:05  this-machine  37 captures, 32.4 MB",
  );
  expect(arrivalLine({ ...arrival, newest: { ...newest, width: null, brightness: null } })).toBe(
    "10:31:05  demo-camera   a.jpg, 43.2 kB",
  );
});

it("quotes a path for the shell only where it must", () => {
  expect([quoted("/home/pi/.local/pilab"), quoted("/home/my pi/it's")]).toEqual([
    "/home/pi/.local/pilab",
    "'/home/my pi/it'\\''s'",
  ]);
});
