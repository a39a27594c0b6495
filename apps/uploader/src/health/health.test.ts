import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCadence } from "./cadence.ts";
import { createCardWrites, type DayOfWrites } from "./card-writes.ts";
import { readCpuTemperature } from "./read-temperature.ts";
import { readThrottling } from "./read-throttling.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pilab-health-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe("readCpuTemperature", () => {
  test("reads the processor's zone, whatever stands before it", async () => {
    put("sys/class/thermal/thermal_zone0/type", "gpu-thermal\n");
    put("sys/class/thermal/thermal_zone0/temp", "40000\n");
    put("sys/class/thermal/thermal_zone1/type", "cpu-thermal\n");
    put("sys/class/thermal/thermal_zone1/temp", "61850\n");
    expect(await readCpuTemperature(root)).toBe(61.85);
  });

  test("is null where there is no zone, or the zone says nothing", async () => {
    expect(await readCpuTemperature(root)).toBeNull();
    put("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n");
    expect(await readCpuTemperature(root)).toBeNull();
    put("sys/class/thermal/thermal_zone0/temp", "");
    expect(await readCpuTemperature(root)).toBeNull();
  });
});

describe("readThrottling", () => {
  const missing = async () => null;

  test.each([
    ["sys/devices/platform/soc/soc:firmware/get_throttled"],
    ["sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"],
  ])("reads the firmware's bits from %s", async (path) => {
    put(path, "50005\n");
    expect(await readThrottling({ root, run: missing })).toEqual({
      underVoltage: true,
      throttled: true,
      sinceBoot: { underVoltage: true, throttled: true },
    });
  });

  test.each([
    ["throttled=0x0\n", false, false, false, false],
    ["throttled=0x50000\n", false, false, true, true],
    ["throttled=0x1\n", true, false, false, false],
    ["throttled=0x8\n", false, true, false, false],
    ["throttled=0x20002\n", false, true, false, true],
  ])(
    "reads vcgencmd's %j where there is no file",
    async (answer, underVoltage, throttled, wasUnder, wasThrottled) => {
      expect(await readThrottling({ root, run: async () => answer })).toEqual({
        underVoltage,
        throttled,
        sinceBoot: { underVoltage: wasUnder, throttled: wasThrottled },
      });
    },
  );

  test("falls back on the kernel's alarm, which knows of under-voltage only", async () => {
    put("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
    put("sys/class/hwmon/hwmon1/name", "rpi_volt\n");
    put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n");
    expect(await readThrottling({ root, run: missing })).toMatchObject({
      underVoltage: true,
      throttled: false,
    });
  });

  test("is null on a machine that is no Pi, and where the answer makes no sense", async () => {
    expect(await readThrottling({ root, run: missing })).toBeNull();
    expect(await readThrottling({ root, run: async () => "error=2\n" })).toBeNull();
  });
});

describe("createCardWrites", () => {
  const kept: { day?: DayOfWrites } = {};
  const store = {
    load: () => kept.day,
    save: (day: DayOfWrites) => {
      kept.day = day;
    },
  };
  const time = { ms: 0 };
  beforeEach(() => {
    delete kept.day;
    time.ms = Date.UTC(2026, 10, 24, 10);
  });
  const written = (bytes: number, cancelled = 0) =>
    put("proc/self/io", `rchar: 1\nwchar: 2\nwrite_bytes: ${bytes}\ncancelled_write_bytes: ${cancelled}\n`);
  const start = () => createCardWrites({ store, root, now: () => time.ms });

  test("goes on from what the process before it wrote that day, and counts nothing twice", () => {
    written(1000);
    const first = start();
    expect(first.today()).toBe(1000);
    written(1500, 100);
    expect(first.today()).toBe(1400);
    expect(first.today()).toBe(1400);
    written(200);
    expect(start().today()).toBe(1600);
  });

  test("starts at nothing each day", () => {
    written(1000);
    const writes = start();
    writes.today();
    time.ms += 86_400_000;
    written(1300);
    expect(writes.today()).toBe(300);
  });

  test("is null where the machine does not tell", () => {
    expect(start().today()).toBeNull();
  });

  test.runIf(process.platform === "linux")("reads the real counter of this process", () => {
    expect(createCardWrites({ store }).today()).toBeGreaterThanOrEqual(0);
  });
});

describe("createCadence", () => {
  const everyMinute = (count: number) => Array.from({ length: count }, (_, index) => index * 60_000);

  test("learns the usual interval through bursts, a pause and captures out of order", () => {
    const cadence = createCadence();
    for (const time of everyMinute(4)) cadence.add(time);
    expect(cadence.intervalMs()).toBeNull();
    for (const time of everyMinute(20).reverse()) cadence.add(time);
    cadence.add(19 * 60_000 + 20);
    cadence.add(24 * 3_600_000);
    expect(cadence.intervalMs()).toBe(60_000);
  });

  test("follows a camera that was set to another interval", () => {
    const cadence = createCadence();
    for (const time of everyMinute(100)) cadence.add(time);
    for (let count = 1; count <= 20; count += 1) cadence.add(99 * 60_000 + count * 5000);
    expect(cadence.intervalMs()).toBe(5000);
  });

  test("sees a gap after three silent intervals, learned or set", () => {
    const learned = createCadence();
    for (const time of everyMinute(10)) learned.add(time);
    const last = 9 * 60_000;
    expect(learned.gapMs(last + 180_000)).toBeNull();
    expect(learned.gapMs(last + 180_001)).toBe(180_001);
    const set = createCadence({ expectedMs: 1000 });
    expect(set.gapMs(5000)).toBeNull();
    set.add(0);
    expect(set.gapMs(5000)).toBe(5000);
  });
});
