import type { Line, Screen } from "../line.ts";
import type { Lab } from "../read-lab.ts";
import { alertsView } from "./alerts.ts";
import { capturesView } from "./captures.ts";
import { devicesView } from "./devices.ts";
import { overviewView } from "./overview.ts";

/** A page of the screen: a pure function of what is known, the screen and the server's time. */
export interface View {
  readonly title: string;
  lines(lab: Lab, screen: Screen, nowMs: number): Line[];
  /** The first line is titles, which stay while the rest scrolls. */
  readonly hasTitles: boolean;
}

/** All of them, in the order of their keys. */
export const VIEWS: readonly View[] = [
  { title: "Overview", lines: overviewView, hasTitles: false },
  { title: "Devices", lines: devicesView, hasTitles: true },
  { title: "Alerts", lines: alertsView, hasTitles: true },
  { title: "Captures", lines: capturesView, hasTitles: true },
];
