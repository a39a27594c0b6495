import {
  IconArchive,
  IconBell,
  IconCpu,
  IconDownload,
  IconLayoutDashboard,
  IconListDetails,
  IconPhoto,
  IconPlayerPlay,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Role } from "../lib/role.ts";

/** One entry of the navigation. */
export interface NavLink {
  readonly href: string;
  readonly label: string;
  readonly icon: TablerIcon;
  /** Shown from this role on. Default: to everybody. */
  readonly from?: Role;
}

/** The pages, in the order of the navigation. */
export const NAV_LINKS: readonly NavLink[] = [
  { href: "/", label: "Overview", icon: IconLayoutDashboard },
  { href: "/captures", label: "Captures", icon: IconPhoto },
  { href: "/timelapse", label: "Timelapse", icon: IconPlayerPlay },
  { href: "/devices", label: "Devices", icon: IconCpu },
  { href: "/alerts", label: "Alerts", icon: IconBell },
  { href: "/retention", label: "Retention", icon: IconArchive },
  { href: "/audit", label: "Audit", icon: IconListDetails, from: "operator" },
  { href: "/exports", label: "Exports", icon: IconDownload },
  { href: "/people", label: "People", icon: IconUsers, from: "admin" },
];
