import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alertOf, captureOf, deviceOf, labOf, NOW, statusOf } from "../../test/lab-of.ts";
import { fitLine, type Line, widthOf } from "../line.ts";
import { plainReport } from "../plain-report.ts";
import type { Lab } from "../read-lab.ts";
import { helpView } from "./help.ts";
import { VIEWS } from "./views.ts";

const text = (lines: Line[]) => lines.map((parts) => parts.map((part) => part.text).join("")).join("\n");
const see = (at: number, lab: Lab, width = 80, unicode = true) =>
  text(VIEWS[at]?.lines(lab, { width, unicode }, NOW) ?? []);
const [overview, devices, alerts, captures] = [0, 1, 2, 3];

describe("on any screen", () => {
  test.each([80, 60, 40])("no line is wider than %d columns, and none is lost at its end", (width) => {
    for (const { lines, title } of VIEWS) {
      for (const parts of lines(labOf(), { width, unicode: true }, NOW)) {
        const shown = parts.map((part) => part.text).join("");
        // The bars of the day are cut first; everything else is laid out for the width.
        if (!shown.includes("by the hour"))
          expect(widthOf(shown), `${title}: ${shown}`).toBeLessThanOrEqual(width);
      }
    }
  });

  test("every view draws whatever devices, alerts and captures are called", () => {
    const name = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(name, name, fc.integer({ min: 20, max: 120 }), (slug, title, width) => {
        const lab = labOf({
          alerts: [alertOf({ title })],
          captures: [captureOf({ file_name: title, series: slug })],
          overview: {
            devices: [deviceOf(slug, { state: "silent", status: statusOf({ last_error: title }) })],
          },
        });
        const screen = { width, unicode: true };
        for (const { lines } of VIEWS)
          for (const parts of lines(lab, screen, NOW))
            expect(widthOf(text([fitLine(parts, screen)]))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("a terminal without Unicode gets ASCII alone", () => {
    const report = plainReport(labOf(), { width: 60, unicode: false, colour: false, address: "lab:3000" });
    expect(report).toMatch(/^[\n\x20-\x7e]*$/);
    expect(text(helpView())).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe("the overview", () => {
  test("answers in one screen of 80x24 whether all arrives, who needs a person, how full it is", () => {
    const shown = see(overview, labOf());
    expect(`\n${shown}`).toBe(`
Devices  1 silent, 1 late, 1 trouble, 1 never, 1 ok, 1 paused, 1 retired
Uploads  24 h: 2,760 ok (2.76 GB), 2 failed, 24 known, > 99.9 %
          ▁▁▂▂▂▃▃▃▄▄▄▅▅▅▆▆▆▇▇▇███ by the hour, now
Storage  1.19 TB of 2.00 TB (59.5 %) ████████████░░░░░░░░
         1,236,567 captures, 2,000 in the trash, +18.0 GB a day, full in 45 d
Alerts   1 critical, 1 warning
Worker   alive

Who needs you
STATE    DEVICE  PICTURE  BEAT  QUEUE     FREE  TEMP  NOTES                     
SILENT   pi-2      1 min   2 h      3  12.0 GB  52 C  No sign of life           
LATE     pi-4      1 min  30 s      3  12.0 GB  52 C  Pictures overdue          
trouble  pi-3      1 min  30 s      3  12.0 GB  52 C  Slowed down; Clock not set`);
  });

  test.each([
    ["no worker", { workers: [] }, "none: nothing is removed, and nobody is told of alerts"],
    ["no device", { devices: [] }, "none yet: an admin adds one"],
    ["no upload", { success_rate: null }, "none in 24 h"],
    ["no alert", { alerts: { critical: 0, warning: 0, info: 0, acknowledged: 0 } }, "none open"],
    ["nothing to do", { devices: [deviceOf("pi-1")] }, "No device needs you."],
  ] as const)("says what %s means", (_title, change, words) => {
    expect(see(overview, labOf({ overview: change as never }))).toContain(words);
  });

  test("says that the worker is dead three minutes after its last tick", () => {
    const lab = labOf();
    const shown = VIEWS[0]?.lines(lab, { width: 80, unicode: true }, NOW + 3 * 60_000) ?? [];
    expect(text(shown)).toContain("dead for 3 min: nobody is told of alerts");
  });
});

describe("devices", () => {
  test.each([
    ["ok", "trouble"],
    ["paused", "paused"],
  ] as const)(
    "what a device needs is told by the names that the dashboard has, also of one that is %s",
    (state, told) => {
      const status = statusOf({ cpu_temp_c: 81, quarantined_files: 2, last_error: "no route to host" });
      const lab = labOf({ overview: { devices: [deviceOf("pi-1", { state, status })] } });
      const named = new RegExp(`^${told} .* Too hot; Quarantine; Agent's complaint: no route to host`, "m");
      expect(see(devices, lab, 120)).toMatch(named);
      expect(see(overview, lab, 120)).toMatch(named);
    },
  );

  test("stand in the order of need, those in service only", () => {
    const [, ...rows] = see(devices, labOf()).split("\n");
    expect(rows.map((row) => row.split(/ +/).slice(0, 2).join(" "))).toEqual([
      "SILENT pi-2",
      "LATE pi-4",
      "trouble pi-3",
      "never greenhouse-no…",
      "ok pi-1",
      "paused pi-6",
    ]);
  });

  test("at 40 columns keep state, name, picture and queue", () => {
    const [titles, ...rows] = see(devices, labOf(), 40).split("\n");
    expect(titles?.trim()).toBe("STATE    DEVICE           PICTURE  QUEUE");
    expect(rows[0]?.trim()).toBe("SILENT   pi-2               1 min      3");
    expect(rows[3]?.trim()).toBe("never    greenhouse-nor…        -      -");
  });
});

test("alerts are whole sentences, what nobody has taken on first, then the worst", () => {
  const lab = labOf({
    alerts: [
      alertOf({ id: "1", severity: "critical", state: "acknowledged", title: "taken" }),
      alertOf({ id: "2", severity: "warning", title: "worth a look" }),
      alertOf({ id: "3", severity: "critical" }),
      alertOf({ id: "4", severity: "info", title: "quiet", silenced_until: new Date(NOW + 1).toISOString() }),
    ],
  });
  expect(`\n${see(alerts, lab, 60)}`).toBe(`
SEVERITY  SINCE   ALERT
critical  1 h     pi-2 has been silent for two hours:
                  neither a heartbeat nor a picture since
                  10:00
warning   1 h     worth a look
info      1 h     quiet (silenced)
critical  1 h     taken (acknowledged)`);
  expect(see(alerts, labOf({ alerts: [] }))).toBe("No alert is open.");
});

test("captures name their device; none is said to be none", () => {
  const [titles, first] = see(captures, labOf()).split("\n");
  expect(titles?.trim()).toMatch(/^TAKEN +DEVICE +SERIES +SHOT +SIZE +SHARP +LIGHT +FILE/);
  expect(first).toContain("pi-1");
  expect(first).toContain("0.25");
  expect(see(captures, labOf({ captures: [] }))).toBe("Nothing has arrived yet.");
});
