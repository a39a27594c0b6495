import type { DashboardLab } from "./lab.ts";

const MINUTE_MS = 60_000;

/** Gives a lab some life: devices in several states, a day of captures, some of them pinned and some in the trash. */
export async function seedLab(lab: DashboardLab): Promise<{ captureId: string; deviceId: string }> {
  const now = Date.now();
  const at = (minutesAgo: number) => new Date(now - minutesAgo * MINUTE_MS);
  const green = await lab.device("greenhouse-1", { name: "Greenhouse, north", expected_interval_s: 300 });
  const dish = await lab.device("dish-cam", {
    name: "Dish camera",
    expected_interval_s: 60,
    series: "dish 7",
  });
  await lab.device("roof", { name: "Roof" });

  for (const [device, shotType, series, count, everyMin] of [
    [green, "timelapse", "tomatoes 2026", 40, 45],
    [dish, "macro", "dish 7", 24, 5],
  ] as const) {
    for (let frame = 0; frame < count; frame += 1) {
      const capturedAt = at(frame * everyMin + 1);
      await device.pilab.captures.uploadAndLog(await lab.picture({ width: 800, height: 600 }), {
        shotType,
        series,
        capturedAt,
      });
    }
    await device.pilab.captures.reportUploads({
      journalId: crypto.randomUUID(),
      seq: 1,
      totals: { ok: count, failed: device === dish ? 2 : 0, duplicate: 3, bytes: count * 60_000 },
    });
  }
  await green.pilab.device.reportStatus({
    agent_version: "0.1.0",
    state: "idle",
    queue_files: 0,
    cpu_temp_c: 52.5,
  });
  await dish.pilab.device.reportStatus({ agent_version: "0.1.0", state: "uploading", queue_files: 12 });

  const { captures } = await lab.service.captures.list({ limit: 60 });
  const ids = captures.map(({ id }) => id);
  await lab.service.captures.pin(ids.slice(2, 5));
  await lab.service.captures.softDelete(ids.slice(20, 30), { reason: "blurred" });
  return { captureId: ids[3] as string, deviceId: green.id };
}
