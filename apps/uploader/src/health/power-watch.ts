import { readThrottling, type Throttling } from "./read-throttling.ts";

/** Remembers what the firmware says of power and heat from one report to the next: a dip lasts for a moment. */
export interface PowerWatch {
  /** Asks the firmware. */
  look(): Promise<void>;
  /** What was since the last report; null where the machine does not tell. At first: since the boot. */
  readonly since: Power | null;
  /** What to do, while it was so since the report before the last one. */
  readonly complaint: string | null;
  /** The server has been told. */
  reported(): void;
}

/** Each of the two was true at some time. */
export type Power = Pick<Throttling, "underVoltage" | "throttled">;

const NOTHING: Power = { underVoltage: false, throttled: false };

/** Makes the watch. */
export function createPowerWatch(read: () => Promise<Throttling | null> = readThrottling): PowerWatch {
  /** The firmware's bits for "since the boot", as they were last seen: only their rise is news. */
  let sinceBoot = NOTHING;
  let since: Power | null = null;
  let before = NOTHING;
  return {
    async look() {
      const found = await read();
      if (found === null) return;
      const was = since ?? NOTHING;
      const isNew = (which: keyof Power) =>
        was[which] || found[which] || (found.sinceBoot[which] && !sinceBoot[which]);
      since = { underVoltage: isNew("underVoltage"), throttled: isNew("throttled") };
      sinceBoot = found.sinceBoot;
    },
    get since() {
      return since;
    },
    get complaint() {
      if (before.underVoltage || since?.underVoltage)
        return "The power supply is too weak: use the official one and a short cable";
      if (before.throttled || since?.throttled) return "The processor is slowed down by heat: cool it";
      return null;
    },
    reported() {
      before = since ?? NOTHING;
      if (since !== null) since = NOTHING;
    },
  };
}
