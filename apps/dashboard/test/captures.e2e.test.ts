import { makeMp4 } from "@pilab/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Person } from "./account.ts";
import { seriousFaults } from "./axe.ts";
import { type DashboardLab, startDashboardLab } from "./lab.ts";

let lab: DashboardLab;
let viewer: Person;
let operator: Person;
let device: Awaited<ReturnType<DashboardLab["device"]>>;
/** Newest first. */
const ids: string[] = [];

beforeAll(async () => {
  lab = await startDashboardLab();
  [viewer, operator] = [await lab.person("viewer"), await lab.person("operator")];
  device = await lab.device("dish-cam", { name: "Dish camera" });
  for (let frame = 0; frame < 12; frame += 1) {
    const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), {
      capturedAt: new Date(Date.UTC(2026, 2, 9, 12, frame)),
      series: frame < 4 ? "dish 6" : "dish 7",
      shotType: "macro",
    });
    ids.unshift(captureId as string);
  }
});
afterEach(() => lab.closePages());
afterAll(() => lab?.stop());

const tiles = (page: Awaited<ReturnType<DashboardLab["open"]>>) => page.getByRole("gridcell");

describe("the gallery", () => {
  test("shows what its address says: a filter that is set stands there, and the link shows the same", async () => {
    const page = await lab.open(viewer);
    await page.goto("/captures");
    await expect.poll(() => tiles(page).count()).toBe(12);
    await page.getByRole("combobox", { name: "Series" }).click();
    await page.getByRole("option", { name: "dish 6" }).click();
    await expect.poll(() => tiles(page).count()).toBe(4);
    expect(new URL(page.url()).searchParams.get("series")).toBe("dish 6");
    await page.reload();
    await expect.poll(() => tiles(page).count()).toBe(4);
    await page.goto("/captures?series=none");
    await page.getByText("No capture fits these filters").waitFor();
    expect(page.problems).toEqual([]);
  });

  test("is walked by keys alone: arrows, Enter opens, arrows go on inside, Escape comes back", async () => {
    const page = await lab.open(viewer);
    await page.goto("/captures");
    await tiles(page).first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).searchParams.get("capture")).toBe(ids[1]);
    await page.getByRole("dialog").getByText("dish 7").first().waitFor();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => new URL(page.url()).searchParams.get("capture")).toBe(ids[2]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("capture")).toBeNull();
  });

  test("makes a link for the capture that is looked at, and forgets it when the hour is over", async () => {
    const page = await lab.open(viewer);
    await page.clock.install();
    await page.goto(`/captures?capture=${ids[0]}`);
    const dialog = page.getByRole("dialog");
    const lookAt = async (key: string, index: number) => {
      await page.keyboard.press(key);
      await expect.poll(() => new URL(page.url()).searchParams.get("capture")).toBe(ids[index]);
      await dialog.locator(`img[src$="${ids[index]}"]`).waitFor();
    };
    // Both are known before one has a link.
    await dialog.getByRole("button", { name: "Make a link" }).waitFor();
    await lookAt("ArrowRight", 1);
    await dialog.getByRole("button", { name: "Make a link" }).waitFor();
    await lookAt("ArrowLeft", 0);
    await dialog.getByRole("button", { name: "Make a link" }).click();
    await dialog.getByRole("button", { name: "Copy the link" }).waitFor();
    await lookAt("ArrowRight", 1);
    await dialog.getByRole("button", { name: "Make a link" }).waitFor();
    expect(await dialog.getByRole("button", { name: "Copy the link" }).count()).toBe(0);

    await dialog.getByRole("button", { name: "Make a link" }).click();
    await dialog.getByRole("button", { name: "Copy the link" }).waitFor();
    await page.clock.fastForward(3_600_000);
    await dialog.getByRole("button", { name: "Make a link" }).waitFor();
  });

  test("pins, trashes and restores many, says how it went, and the trash shows them", async () => {
    const page = await lab.open(operator);
    await page.goto("/captures?series=dish+6");
    await tiles(page).first().focus();
    await page.keyboard.press("Space");
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("Shift+ArrowRight");
    const bar = page.getByRole("toolbar", { name: "Selected captures" });
    await bar.getByText("4 selected").waitFor();
    await bar.getByRole("button", { name: "Trash" }).click();
    await page.getByRole("button", { name: "Move to the trash" }).click();
    await page.getByText("Moved to the trash: 4").waitFor();
    await page.getByText("No capture fits these filters").waitFor();

    await page.goto("/captures?state=trashed");
    await expect.poll(() => tiles(page).count()).toBe(4);
    await tiles(page).first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+End");
    await bar.getByText("4 selected").waitFor();
    await bar.getByRole("button", { name: "Restore" }).click();
    await page.getByText("Restored: 4").waitFor();
    const { captures } = await lab.service.captures.list({ series: "dish 6" });
    expect(captures).toHaveLength(4);
  });

  test("offers a viewer no change, and a raw call of one is refused", async () => {
    const page = await lab.open(viewer);
    await page.goto("/captures");
    await tiles(page).first().focus();
    await page.keyboard.press("Space");
    const bar = page.getByRole("toolbar", { name: "Selected captures" });
    await bar.getByRole("button", { name: "ZIP" }).waitFor();
    expect(await bar.getByRole("button", { name: "Pin", exact: true }).count()).toBe(0);
    for (const verb of ["pin", "softDelete", "restore"]) {
      const answer = await page.request.post(`/api/trpc/captures.${verb}`, { data: { ids: [ids[0]] } });
      expect(answer.status()).toBe(403);
    }
    expect((await lab.service.captures.get(ids[0] as string)).pinned_at).toBeNull();
  });

  test("sends the selected as a ZIP, with the bytes that were uploaded", async () => {
    const page = await lab.open(viewer);
    const origin = lab.url;
    const answer = await page.request.post("/api/captures/zip", {
      headers: { origin },
      form: { ids: ids.slice(0, 3).join() },
    });
    expect(answer.headers()["content-disposition"]).toMatch(
      /^attachment; filename="pilab-.*-3-captures.zip"/,
    );
    const zip = await answer.body();
    const { object_path } = await lab.service.captures.get(ids[0] as string);
    expect(zip.includes(object_path)).toBe(true);
    const bytes = await lab.service.captures.download(await lab.service.captures.get(ids[0] as string));
    expect(zip.includes(bytes)).toBe(true);
    expect(zip.toString("latin1").split("PK\x01\x02")).toHaveLength(4);
  });

  test("has no serious fault of accessibility, in either theme, with a capture open or not", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await lab.open(operator, { colorScheme });
      await page.goto("/captures");
      await tiles(page).first().waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.goto(`/captures?capture=${ids[0]}`);
      await page.getByRole("dialog").getByText("SHA-256").waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(page.problems).toEqual([]);
    }
  });
});

describe("a picture", () => {
  test("comes under the asker's rights, is kept by the browser, and not sent again", async () => {
    const page = await lab.open(viewer);
    const first = await page.request.get(`/api/pictures/${ids[0]}?download=1`);
    expect(first.headers()).toMatchObject({
      "content-type": "image/jpeg",
      "cache-control": "private, max-age=300",
    });
    expect(first.headers()["content-disposition"]).toMatch(/^attachment; filename="/);
    const bytes = await lab.service.captures.download(await lab.service.captures.get(ids[0] as string));
    expect((await first.body()).equals(bytes)).toBe(true);
    const again = await page.request.get(`/api/pictures/${ids[0]}`, {
      headers: { "if-none-match": first.headers().etag as string },
    });
    expect(again.status()).toBe(304);

    for (const somebody of [undefined, await lab.person(null)]) {
      const other = await lab.open(somebody);
      const answer = await other.request.get(`/api/pictures/${ids[0]}`);
      expect((await answer.body()).includes(bytes.subarray(0, 100))).toBe(false);
    }
  });

  test("that is a video is sent in the parts that a player asks for", async () => {
    const video = makeMp4({ createdAt: new Date("2026-03-09T13:00:00Z") });
    const { captureId } = await device.pilab.captures.uploadAndLog(video);
    const page = await lab.open(viewer);
    const part = await page.request.get(`/api/pictures/${captureId}`, { headers: { range: "bytes=4-11" } });
    expect(part.status()).toBe(206);
    expect(part.headers()["content-range"]).toBe(`bytes 4-11/${video.length}`);
    expect((await part.body()).equals(Buffer.from(video).subarray(4, 12))).toBe(true);
  });

  test("whose object is gone shows a picture that says so, which is not kept", async () => {
    const { captureId } = await device.pilab.captures.uploadAndLog(await lab.picture(), {
      capturedAt: new Date("2026-03-01T00:00:00Z"),
    });
    const { bucket_id, object_path } = await lab.service.captures.get(captureId as string);
    const key = lab.supabase.serviceRoleKey;
    await fetch(`${lab.supabase.url}/storage/v1/object/${bucket_id}/${object_path}`, {
      method: "DELETE",
      headers: { apikey: key, authorization: `Bearer ${key}` },
    });
    const page = await lab.open(viewer);
    const answer = await page.request.get(`/api/pictures/${captureId}`);
    expect(answer.headers()).toMatchObject({ "content-type": "image/svg+xml", "cache-control": "no-store" });
    expect(await answer.text()).toContain("missing in the storage");
  });
});
