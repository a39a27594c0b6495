import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exposition } from "./exposition.ts";
import { prometheusMetrics } from "./prometheus-metrics.ts";
import { device, EVERYTHING, status, TIMINGS } from "./testing.ts";

const text = prometheusMetrics(EVERYTHING, { timings: TIMINGS });

test.each([
  'pilab_storage_files_total{bucket="pilab-dev",device="pi-1"} 10',
  'pilab_storage_size_bytes{bucket="pilab-dev",device="pi-1"} 730',
  'pilab_captures_total{bucket="pilab-dev",device="pi-1"} 14',
  'pilab_uploads_total{device="pi-1"} 10',
  'pilab_uploads_success_total{device="pi-1"} 8',
  'pilab_uploads_failed_total{device="pi-1"} 2',
])("has the original's %s", (line) => {
  expect(text.split("\n")).toContain(line);
});

test.each([
  'pilab_storage_quota_bytes{bucket="pilab-dev"} 1000000000000',
  'pilab_purged_bytes_total{bucket="pilab-dev",device="pi-1"} 400',
  'pilab_device_state{device="pi-1",state="ok"} 1',
  'pilab_device_state{device="pi-1",state="silent"} 0',
  'pilab_device_heartbeat_age_seconds{device="pi-1"} 30',
  'pilab_device_arrival_age_seconds{device="pi-1"} 60',
  'pilab_device_queue_files{device="pi-1"} 3',
  'pilab_device_disk_free_bytes{device="pi-1"} 5000000000',
  'pilab_device_cpu_temperature_celsius{device="pi-1"} 51.5',
  'pilab_device_throttled{device="pi-1"} 0',
  'pilab_alerts{severity="critical",state="open"} 2',
  'pilab_alerts{severity="info",state="open"} 0',
  'pilab_retention_last_run_age_seconds{bucket="pilab-dev"} 36000',
  'pilab_retention_last_run_state{bucket="pilab-dev",state="partly_done"} 1',
  'pilab_worker_tick_age_seconds{worker="retention"} 60',
  'pilab_check_ok{check="audit_chain",subject=""} 0',
  'pilab_http_request_duration_seconds_bucket{route="overview",outcome="ok",le="+Inf"} 5',
])("has %s", (line) => {
  expect(text.split("\n")).toContain(line);
});

test("says nothing that a heartbeat did not say, and nothing of how a retired device is", () => {
  const silent = { ...EVERYTHING, devices: [device(1, { status: { ...status, cpu_temp_c: null } })] };
  expect(prometheusMetrics(silent)).not.toContain("pilab_device_cpu_temperature_celsius");
  expect(text).not.toMatch(/pilab_device_\w+\{device="pi-3"/);
  expect(text).toContain('pilab_storage_size_bytes{bucket="pilab-dev",device="pi-3"} 1000000000000030');
});

test("keeps any label on its line, to be read back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const [, , line, ...rest] = exposition([
        { name: "a", type: "gauge", help: "h", samples: [[{ l: value }, 1]] },
      ]).split("\n");
      expect(rest).toEqual([""]);
      const quoted = /^a\{l="(.*)"\} 1$/su.exec(line ?? "")?.[1] ?? "";
      const back = quoted.replace(/\\(.)/gsu, (_, c: string) => (c === "n" ? "\n" : c));
      expect(back).toBe(value);
    }),
  );
});

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

test.skipIf(!hasPromtool)("promtool finds nothing to say of it (needs Debian's package prometheus)", () => {
  const nasty = {
    ...EVERYTHING,
    devices: [device(1, { slug: 'a"b\\c\nd', status }), ...EVERYTHING.devices.slice(1)],
  };
  for (const input of [text, prometheusMetrics(nasty)]) {
    const {
      status: exit,
      stdout,
      stderr,
    } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    expect({ exit, said: stdout + stderr }).toEqual({ exit: 0, said: "" });
  }
});
