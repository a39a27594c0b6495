import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The processor's temperature in °C; null where the machine does not tell. */
export async function readCpuTemperature(root = "/"): Promise<number | null> {
  const folder = join(root, "sys/class/thermal");
  const zones = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith("thermal_zone"));
  const named = await Promise.all(
    zones.sort().map(async (zone) => ({ zone, type: await read(join(folder, zone, "type")) })),
  );
  // A Pi has one zone, `cpu-thermal`; other boards add zones for graphics and power.
  const best = named.find(({ type }) => type !== null && /cpu|x86_pkg|soc/i.test(type)) ?? named[0];
  if (best === undefined) return null;
  const text = await read(join(folder, best.zone, "temp"));
  const milli = Number(text);
  return text === null || text === "" || !Number.isFinite(milli) ? null : milli / 1000;
}

async function read(path: string): Promise<string | null> {
  return await readFile(path, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}
