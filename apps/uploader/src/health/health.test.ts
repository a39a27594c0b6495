import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCadence, type KeptCadence } from "./cadence.ts";
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
  const MINUTE = 60_000;
  const everyMinute = (count: number) => Array.from({ length: count }, (_, index) => index * MINUTE);
  const NOW = 100 * 86_400_000;

  /** A cadence, and a clock that stands still until it is told. */
  function start(kept?: KeptCadence) {
    const time = { ms: 0 };
    return { time, cadence: createCadence({ kept, monotonic: () => time.ms }) };
  }

  test("learns the usual interval through bursts, a pause and captures out of order", () => {
    const { cadence } = start();
    for (const time of everyMinute(4)) cadence.add(time, NOW);
    expect(cadence.intervalMs()).toBeNull();
    for (const time of everyMinute(20).reverse()) cadence.add(time, NOW);
    cadence.add(19 * MINUTE + 20, NOW);
    cadence.add(24 * 3_600_000, NOW);
    expect(cadence.intervalMs()).toBe(MINUTE);
  });

  test("follows a camera that was set to another interval", () => {
    const { cadence } = start();
    for (const time of everyMinute(100)) cadence.add(time, NOW);
    for (let count = 1; count <= 20; count += 1) cadence.add(99 * MINUTE + count * 5000, NOW);
    expect(cadence.intervalMs()).toBe(5000);
  });

  test("sees a gap after three silent intervals, learned or set", () => {
    const { cadence, time } = start();
    for (const taken of everyMinute(10)) cadence.add(taken, NOW);
    const last = 9 * MINUTE;
    time.ms = 180_001;
    expect(cadence.gapMs(last + 180_000)).toBeNull();
    expect(cadence.gapMs(last + 180_001)).toBe(180_001);
    cadence.expect(100_000);
    expect(cadence.gapMs(last + 180_001)).toBeNull();
    cadence.expect(null);
    expect(cadence.gapMs(last + 180_001)).toBe(180_001);
  });

  test("is not blinded by a capture from the future, nor by those of a clock that was set back", () => {
    const { cadence, time } = start();
    cadence.add(NOW + 86_400_000, NOW + 86_400_000);
    cadence.add(NOW + 86_400_000, NOW);
    for (const taken of everyMinute(10)) cadence.add(NOW + taken, NOW + taken);
    expect(cadence.intervalMs()).toBe(MINUTE);
    time.ms = 10 * MINUTE;
    expect(cadence.gapMs(NOW + 19 * MINUTE)).toBe(10 * MINUTE);
  });

  test("goes on after a restart: no capture since is a gap, being off or a clock that is set is none", () => {
    const before = start();
    for (const taken of everyMinute(10)) before.cadence.add(taken, NOW);
    const { cadence, time } = start(before.cadence.kept);
    expect(cadence.intervalMs()).toBe(MINUTE);
    expect(cadence.gapMs(NOW)).toBeNull();
    time.ms = 3 * MINUTE + 1;
    expect(cadence.gapMs(NOW)).toBe(NOW - 9 * MINUTE);
    cadence.add(NOW, NOW);
    expect(cadence.gapMs(NOW + 86_400_000)).toBeNull();
  });

  test("sees that no capture has ever come, where somebody has set how often they should", () => {
    const { cadence, time } = start();
    cadence.expect(1000);
    time.ms = 3000;
    expect(cadence.gapMs(NOW)).toBeNull();
    time.ms = 3001;
    expect(cadence.gapMs(NOW)).toBe(3001);
  });
});
