import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type RunCommand, runCommand } from "../systemd/run-command.ts";

/** What a Raspberry Pi's firmware says of its power and heat. */
export interface Throttling {
  /** The supply is too weak at this moment: writes to the card may go wrong. */
  underVoltage: boolean;
  /** The processor is slowed down at this moment, by heat or by a weak supply. */
  throttled: boolean;
  /** Either was true at some time since the boot. */
  sinceBoot: { underVoltage: boolean; throttled: boolean };
}

/** Bits of the firmware's answer; those of "since boot" stand 16 higher. */
const UNDER_VOLTAGE = 0x1;
/** Frequency capped, throttled, or at the soft limit of temperature. */
const SLOWED = 0x2 | 0x4 | 0x8;

/**
 * Asks the Pi's firmware for under-voltage and throttling; null where there is none. The file needs no rights; the
 * program `vcgencmd`, for kernels without the file, needs /dev/vcio, which a hardened service does not see. The
 * kernel's own alarm (hwmon `rpi_volt`) knows of under-voltage only.
 */
export async function readThrottling(
  options: { root?: string; run?: RunCommand } = {},
): Promise<Throttling | null> {
  const { root = "/", run = runCommand } = options;
  const bits = (await readFirmwareFile(root)) ?? parseBits(await run("vcgencmd", ["get_throttled"]));
  if (bits !== null) return decode(bits);
  const alarm = await readVoltageAlarm(root);
  return alarm === null
    ? null
    : { underVoltage: alarm, throttled: false, sinceBoot: { underVoltage: alarm, throttled: false } };
}

function decode(bits: number): Throttling {
  const has = (mask: number) => (bits & mask) !== 0;
  return {
    underVoltage: has(UNDER_VOLTAGE),
    throttled: has(SLOWED),
    sinceBoot: { underVoltage: has(UNDER_VOLTAGE << 16), throttled: has(SLOWED << 16) },
  };
}

/** `soc:firmware` on Pis to 4; the Pi 5 puts an address into the names. */
async function readFirmwareFile(root: string): Promise<number | null> {
  const platform = join(root, "sys/devices/platform");
  for (const soc of await list(platform, "soc")) {
    for (const firmware of await list(join(platform, soc), "soc")) {
      const text = await read(join(platform, soc, firmware, "get_throttled"));
      if (text !== null) return parseBits(text);
    }
  }
  return null;
}

async function readVoltageAlarm(root: string): Promise<boolean | null> {
  const folder = join(root, "sys/class/hwmon");
  for (const chip of await list(folder, "hwmon")) {
    if ((await read(join(folder, chip, "name"))) !== "rpi_volt") continue;
    const alarm = await read(join(folder, chip, "in0_lcrit_alarm"));
    return alarm === null ? null : alarm === "1";
  }
  return null;
}

/** The file says `50005`, vcgencmd `throttled=0x50005`: hexadecimal both. */
function parseBits(text: string | null): number | null {
  const [, digits] = /^(?:throttled=)?(?:0x)?([0-9a-f]{1,8})$/i.exec(text?.trim() ?? "") ?? [];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

async function list(folder: string, start: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(start)).sort();
}

async function read(path: string): Promise<string | null> {
  return await readFile(path, "utf8").then(
    (text) => text.trim(),
    () => null,
  );
}
