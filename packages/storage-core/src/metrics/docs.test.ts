import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { prometheusMetrics } from "./prometheus-metrics.ts";
import { EVERYTHING, TIMINGS } from "./testing.ts";

const path = (name: string) => fileURLToPath(new URL(`../../../../docs/${name}`, import.meta.url));
const namesIn = (text: string) => new Set(text.match(/\bpilab_[a-z_]+[a-z]\b/g) ?? []);
const rendered = prometheusMetrics(EVERYTHING, { timings: TIMINGS });
const names = new Set([...rendered.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string));

test("docs/monitoring.md names every metric with its type and labels, and no other", () => {
  const rows = [
    ...readFileSync(path("monitoring.md"), "utf8").matchAll(/^\| (`pilab.+?) \| (\w+) \| (.+?) \|/gm),
  ];
  const told = rows.flatMap(([, cell, type, labels]) =>
    [...namesIn(cell ?? "")].map((name) => ({ name, type, labels: (labels ?? "").split(", ") })),
  );
  expect(new Set(told.map(({ name }) => name))).toEqual(names);
  for (const { name, type, labels } of told) {
    expect(rendered).toContain(`# TYPE ${name} ${type}\n`);
    const sample = new RegExp(`^${name}(?:_sum)?\\{(.*)\\} `, "m").exec(rendered)?.[1] ?? "";
    expect(
      [...sample.matchAll(/(\w+)="/g)].map(([, label]) => label),
      name,
    ).toEqual(labels);
  }
});

test.each(["prometheus/pilab-alerts.yml", "grafana/pilab-dashboard.json"])(
  "docs/%s asks only for metrics that there are",
  (name) => {
    const asked = [...namesIn(readFileSync(path(name), "utf8"))].map((one) => one.replace(/_bucket$/, ""));
    expect(asked.length).toBeGreaterThan(5);
    for (const one of asked) expect(names).toContain(one);
  },
);

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;

test.skipIf(!hasPromtool)("promtool takes the alert rules (needs Debian's package prometheus)", () => {
  const { status, stdout, stderr } = spawnSync(
    "promtool",
    ["check", "rules", path("prometheus/pilab-alerts.yml")],
    {
      encoding: "utf8",
    },
  );
  expect({ status, said: stdout + stderr }).toMatchObject({
    status: 0,
    said: expect.stringContaining("SUCCESS"),
  });
});
