/** How a limit of a rule is shown and typed. */
export interface ParamFace {
  readonly label: string;
  /** Behind the number. */
  readonly unit: string;
  /** What is shown, divided by this, is what is kept. */
  readonly scale: number;
}

const LABELS: Record<string, string> = {
  open_after_s: "Opens when it holds for",
  resolve_after_s: "Resolves when it is gone for",
  min_share: "Fewer succeed than",
  window_h: "Within the last",
  min_files: "Attempts, at least",
  within_h: "Card full within",
  free_share: "Less free than",
  critical_free_share: "Critical when less free than",
  temp_c: "Hotter than",
  critical_temp_c: "Critical when hotter than",
  files: "Files, at least",
  changes: "Changes, at least",
  share: "Fuller than",
  critical_share: "Critical when fuller than",
  stuck_h: "No news of a run for",
  attempts: "Failed attempts, at least",
};

const UNITS: readonly (readonly [suffix: RegExp, unit: string, scale: number])[] = [
  [/_s$/, " s", 1],
  [/_h$/, " h", 1],
  [/_c$/, " °C", 1],
  [/share$/, " %", 100],
];

/** The face of a limit, by its name, whose end is its unit; one that is new here still has its name. */
export function faceOf(name: string): ParamFace {
  const [, unit = "", scale = 1] = UNITS.find(([suffix]) => suffix.test(name)) ?? [];
  return { label: LABELS[name] ?? name.replaceAll("_", " "), unit, scale };
}

/** A limit as it is shown: without the noise of fractions of two. */
export function shownOf(name: string, value: number): number {
  return Number((value * faceOf(name).scale).toFixed(3));
}

/** What was typed, as it is kept. */
export function keptOf(name: string, shown: number): number {
  return Number((shown / faceOf(name).scale).toFixed(6));
}

const DELAYS = ["open_after_s", "resolve_after_s"];

/** The limits of a rule in a line, its delays left out. */
export function paramsLine(params: Readonly<Record<string, number>>): string {
  return Object.entries(params)
    .filter(([name]) => !DELAYS.includes(name))
    .map(([name, value]) => `${faceOf(name).label.toLowerCase()} ${shownOf(name, value)}${faceOf(name).unit}`)
    .join("; ");
}
