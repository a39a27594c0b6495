import type { Page } from "playwright-core";
import type { Show } from "./seed-show.ts";

/** One picture to take: a page in a state. */
export interface Shot {
  readonly path: string | ((show: Show) => string);
  /** What the docs say of it; without one it is for looking at alone. */
  readonly caption?: string;
  /** `worker`: while one runs; `empty`: a lab in its first minute. Default: with a life, and a worker that does not stir. */
  readonly lab?: "worker" | "empty";
  /** Default: an admin. */
  readonly as?: "viewer" | "nobody";
  /** All of the page, not what fits on the screen. */
  readonly whole?: true;
  /** What is wrong while it is opened, or after it. */
  readonly trouble?: "slow" | "away" | "then away";
  /** What to do once it is there. */
  readonly act?: (page: Page) => Promise<unknown>;
}

const press = (name: string | RegExp) => (page: Page) =>
  page
    .getByRole("button", { name, ...(typeof name === "string" && { exact: true }) })
    .first()
    .click();

/** Its chart is drawn when one comes near it. */
async function seePreview(page: Page): Promise<void> {
  const preview = page.getByRole("region", { name: "Preview" });
  await preview.getByRole("img", { name: /^Bytes stored/ }).scrollIntoViewIfNeeded();
  await preview.locator("svg.recharts-surface").first().waitFor();
}

let added = 0;

/** Every page and what it asks, and each of its faces that is worth a look. */
export const SHOTS: Readonly<Record<string, Shot>> = {
  "sign-in": { path: "/sign-in", as: "nobody", caption: "The door" },
  "sign-in-refused": {
    path: "/sign-in?ended=1",
    as: "nobody",
    act: async (page) => {
      await page.getByLabel("E-mail").fill("ada@lab.example");
      await page.locator("input[name=password]").fill("not this one");
      await press("Sign in")(page);
      await page.getByRole("alert").first().waitFor();
    },
  },
  overview: { path: "/", whole: true, caption: "Overview: figures, a tile for each Pi, what arrived" },
  captures: { path: "/captures", caption: "Captures, newest first" },
  "captures-day": {
    path: "/captures",
    act: async (page) => {
      const day = page.locator("input[type=date][min]");
      await day.fill((await day.getAttribute("min")) ?? "");
      await page.getByRole("button", { name: "Newest" }).waitFor();
    },
  },
  "captures-selected": {
    path: "/captures",
    act: async (page) => {
      await page.getByRole("gridcell").first().focus();
      for (const key of ["Space", "ArrowRight", "Shift+Space"]) await page.keyboard.press(key);
    },
  },
  "captures-trash": { path: "/captures?state=trashed" },
  "captures-nothing": { path: "/captures?series=none" },
  capture: {
    path: ({ captureId }) => `/captures?capture=${captureId}`,
    caption: "One capture, with all that is known of it",
  },
  timelapse: {
    path: "/timelapse?series=plate+7",
    whole: true,
    caption: "A series as a film, and how complete it is",
  },
  "timelapse-gaps": { path: "/timelapse?series=tomatoes+2026", whole: true },
  "timelapse-nothing": { path: "/timelapse?series=none" },
  devices: { path: "/devices", caption: "Devices, those that need somebody first" },
  device: { path: "/devices/dish-cam", whole: true, caption: "One device: what it needs, how it is and was" },
  "device-silent": { path: "/devices/roof", whole: true },
  "device-retired": { path: "/devices/old-pi" },
  "device-none": { path: "/devices/nowhere" },
  "device-settings": { path: "/devices/greenhouse-1", act: press("Settings") },
  "device-pause": { path: "/devices/greenhouse-1", act: press("Pause") },
  "device-retire": { path: "/devices/greenhouse-1", act: press("Retire") },
  "device-add": { path: "/devices", act: press("Add a device") },
  "device-credentials": {
    path: "/devices",
    caption: "A new device's credentials, shown once",
    act: async (page) => {
      await press("Add a device")(page);
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Slug").fill(`terrace-${++added}`);
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await dialog.getByText("Shown this once").waitFor();
    },
  },
  alerts: { path: "/alerts", caption: "Alerts: what needs somebody" },
  "alerts-acknowledged": { path: "/alerts?show=acknowledged" },
  "alerts-silenced": { path: "/alerts?show=silenced" },
  "alerts-history": { path: "/alerts?show=history" },
  "alerts-silence": { path: "/alerts", act: press("Silence") },
  "alerts-details": { path: "/alerts", act: press("Details") },
  rules: { path: "/alerts/rules", whole: true, caption: "What the worker looks for, and its limits" },
  "rule-edit": { path: "/alerts/rules", act: press("Edit the rule Card nearly full") },
  channels: { path: "/alerts/channels", caption: "Whom alerts are told, and whether that works" },
  "channel-add": { path: "/alerts/channels", act: press("Add a channel") },
  "channel-remove": { path: "/alerts/channels", act: press("Remove") },
  retention: {
    path: "/retention",
    lab: "worker",
    whole: true,
    caption: "Retention: each policy in a sentence, and what all of them will do",
    act: async (page) => {
      await press("Preview the next 90 days")(page);
      await seePreview(page);
    },
  },
  "retention-policies": { path: "/retention" },
  "policy-remove": { path: "/retention", act: press("Remove") },
  policy: {
    path: ({ policyId }) => `/retention/policies/${policyId}`,
    lab: "worker",
    whole: true,
    caption: "A policy in the making, with its preview",
    act: async (page) => {
      await page.getByLabel("For so many days").fill("20");
      await press("Preview")(page);
      await seePreview(page);
    },
  },
  "policy-new": { path: "/retention/policies/new" },
  runs: { path: "/retention/runs", caption: "What retention did, and what waits" },
  "run-now": { path: "/retention/runs", act: press("Run now") },
  run: {
    path: ({ runs }) => `/retention/runs/${runs.dry}`,
    whole: true,
    caption: "A dry run: what would go, and why",
  },
  "run-braked": { path: ({ runs }) => `/retention/runs/${runs.braked}`, whole: true },
  "run-done": { path: ({ runs }) => `/retention/runs/${runs.done}`, whole: true },
  trash: { path: "/retention/trash", caption: "The trash: why, until when, and the way back" },
  holds: { path: "/retention/holds", caption: "What no policy removes" },
  audit: { path: "/audit", caption: "The audit log: who did what" },
  "audit-entry": { path: "/audit", act: (page) => page.locator("#content li button").first().click() },
  "audit-fields": { path: "/audit?action=device.retired", act: press("More fields") },
  "audit-verify": {
    path: "/audit",
    lab: "worker",
    act: async (page) => {
      await press("Verify now")(page);
      await page.getByText("Nothing is broken").waitFor();
    },
  },
  "audit-viewer": { path: "/audit", as: "viewer" },
  exports: { path: "/exports", whole: true, caption: "Files to save" },
  people: { path: "/people", caption: "People and programs, and their roles" },
  "people-invite": { path: "/people", act: press("Invite somebody") },
  "people-password": {
    path: "/people",
    act: (page) => page.getByRole("button", { name: "New password" }).locator("visible=true").first().click(),
  },
  "people-remove": {
    path: "/people",
    act: (page) => page.getByRole("button", { name: "Remove" }).locator("visible=true").first().click(),
  },
  "people-viewer": { path: "/people", as: "viewer" },
  menu: { path: "/", act: press("Account and settings of the page") },
  "not-found": { path: "/nowhere" },
  loading: { path: "/", trouble: "slow" },
  "loading-captures": { path: "/captures", trouble: "slow" },
  "loading-trash": { path: "/retention/trash", trouble: "slow" },
  failed: { path: "/", trouble: "away", caption: "Supabase is away: what is wrong and what to do" },
  "failed-captures": { path: "/captures", trouble: "away" },
  "failed-alerts": { path: "/alerts", trouble: "away" },
  "failed-retention": { path: "/retention", trouble: "away" },
  away: {
    path: "/",
    trouble: "then away",
    caption: "Supabase went away: what was there stays, with its age",
  },
  "away-captures": { path: "/captures", trouble: "then away" },
  "empty-overview": { path: "/", lab: "empty", caption: "A lab in its first minute" },
  "empty-captures": { path: "/captures", lab: "empty" },
  "empty-timelapse": { path: "/timelapse", lab: "empty" },
  "empty-devices": { path: "/devices", lab: "empty" },
  "empty-alerts": { path: "/alerts", lab: "empty" },
  "empty-channels": { path: "/alerts/channels", lab: "empty" },
  "empty-retention": { path: "/retention", lab: "empty" },
  "empty-runs": { path: "/retention/runs", lab: "empty" },
  "empty-trash": { path: "/retention/trash", lab: "empty" },
  "empty-holds": { path: "/retention/holds", lab: "empty" },
  "empty-audit": { path: "/audit?action=none", lab: "empty" },
  "empty-exports": { path: "/exports", lab: "empty" },
};
