import { quoteWord } from "./unit-file.ts";

/** What a service needs beyond its own folders; all else is taken from it. */
export interface HardeningNeeds {
  /** Needs folders under /home or /root, to read. */
  home: boolean;
  /** Folders that it writes besides its state folder; they may be missing. */
  writes: readonly string[];
  /** Talks to the network. */
  network: boolean;
  /** Classes of devices that it opens, as in /proc/devices; none = no device at all. */
  devices: readonly string[];
}

/**
 * The settings that shut a service in (`systemd-analyze security` below 2.0). MemoryDenyWriteExecute is not among them:
 * V8 writes the code that it runs.
 */
export function hardening(needs: HardeningNeeds): [string, string | undefined][] {
  const { home, writes, network, devices } = needs;
  return [
    ["CapabilityBoundingSet", ""],
    ["AmbientCapabilities", ""],
    ["NoNewPrivileges", "yes"],
    ["RestrictSUIDSGID", "yes"],
    ["LockPersonality", "yes"],
    ["RestrictRealtime", "yes"],
    ["RestrictNamespaces", "yes"],
    ["RemoveIPC", "yes"],
    ["UMask", "0077"],
    ["KeyringMode", "private"],
    ["ProtectSystem", "strict"],
    ["ProtectHome", home ? "read-only" : "yes"],
    [
      "ReadWritePaths",
      writes.length === 0 ? undefined : writes.map((path) => quoteWord(`-${path}`)).join(" "),
    ],
    ["PrivateTmp", "yes"],
    ["PrivateDevices", devices.length === 0 ? "yes" : undefined],
    ["DevicePolicy", "closed"],
    ...devices.map((device): [string, string] => ["DeviceAllow", `${device} rw`]),
    ["ProtectClock", "yes"],
    ["ProtectHostname", "yes"],
    ["ProtectKernelLogs", "yes"],
    ["ProtectKernelModules", "yes"],
    ["ProtectKernelTunables", "yes"],
    ["ProtectControlGroups", "yes"],
    ["ProtectProc", "invisible"],
    // Netlink: name look-ups ask it for our addresses, libcamera asks it for cameras.
    ["RestrictAddressFamilies", network ? "AF_UNIX AF_INET AF_INET6 AF_NETLINK" : "AF_UNIX AF_NETLINK"],
    ["SystemCallArchitectures", "native"],
    ["SystemCallFilter", "@system-service"],
    ["SystemCallFilter", "~@privileged @resources"],
    ["SystemCallErrorNumber", "EPERM"],
  ];
}
