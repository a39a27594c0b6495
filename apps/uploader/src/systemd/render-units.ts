import { hardening } from "./hardening.ts";
import { execLine, renderUnit } from "./unit-file.ts";

/** What the units are made of. Paths are absolute. */
export interface UnitSettings {
  /** How this program is started: node, its options, and main.ts. */
  program: readonly [string, ...string[]];
  /** The service's account. */
  user: string;
  /** Options of `run` that the agent is started with. */
  runArgs: readonly string[];
  /** Folders that it watches besides its own spool. */
  folders: readonly string[];
  /** Those of them that it may free copies from (`--free`). */
  freeFolders: readonly string[];
}

/** What the camera loop's unit is made of besides. */
export interface CaptureUnitSettings extends Pick<UnitSettings, "program" | "user"> {
  /** Arguments of `capture`, with the camera's command after `--`. */
  captureArgs: readonly string[];
  /** The camera's command needs the network: a camera that is asked over it. */
  network: boolean;
}

/** Names of the units, their folder, the folders under /var/lib, /run and /etc, and of the service's account. */
export const AGENT_UNIT = "pilab-uploader.service";
export const CAPTURE_UNIT = "pilab-capture.service";
export const STATE_NAME = "pilab-uploader";
export const UNIT_FOLDER = "/etc/systemd/system";
export const CREDENTIALS_PATH = `/etc/${STATE_NAME}/device.json`;
export const ENVIRONMENT_PATH = `/etc/${STATE_NAME}/environment`;

const HEADING = `Written by \`pilab-uploader install\`, which writes it anew; put changes of your own beside it:
systemctl edit`;
const WATCHDOG_S = 120;

/**
 * Options of node for a service on a Pi with 512 MB: a young generation of 1 MB instead of 16, which grows with any
 * burst of small objects and is never given back, and an old one that fails before the system is out of memory.
 */
export const NODE_OPTIONS = ["--max-semi-space-size=1", "--max-old-space-size=128"] as const;

/** Variables of the units that say how memory is taken; the benches start the agent with the same. */
export const MEMORY_ENVIRONMENT = {
  // glibc keeps a pool of memory a thread: two are enough, and smaller.
  MALLOC_ARENA_MAX: "2",
  // One picture at a time, on one thread: threads of libvips have memory of their own.
  VIPS_CONCURRENCY: "1",
} as const;

/** Groups and classes of devices of the cameras that Linux knows: libcamera's and USB ones. */
const CAMERA_DEVICES = ["char-video4linux", "char-media", "char-dma_heap"];

/**
 * The agent's unit. It does not wait for the network, as it takes captures in without; it is restarted for ever, but not
 * after exit 2, wrong usage or configuration, which no restart mends.
 */
export function renderAgentUnit(settings: UnitSettings): string {
  const { program, user, runArgs, folders, freeFolders } = settings;
  const [node, ...nodeArgs] = program;
  return renderUnit(`${HEADING} ${AGENT_UNIT}`, {
    Unit: [
      ["Description", "PiLab uploader: brings each capture to the server once, verified"],
      ["After", "network.target"],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ...service(user, execLine(node, [...nodeArgs, "run", ...runArgs])),
      ["RuntimeDirectory", STATE_NAME],
      ["RuntimeDirectoryMode", "0755"],
      ["LoadCredential", `device.json:${CREDENTIALS_PATH}`],
      ["Environment", "PILAB_CREDENTIALS_FILE=%d/device.json"],
      // Finishes or parks what is in hand within 10 s.
      ["TimeoutStopSec", "20"],
      // A Pi with 512 MB keeps room for its camera. Pis need cgroup_enable=memory on the kernel's command line for it.
      ["MemoryHigh", "160M"],
      ["MemoryMax", "240M"],
      ["TasksMax", "64"],
      ["LimitNOFILE", "4096"],
      ["Nice", "5"],
      ["CPUWeight", "50"],
      ["IOSchedulingClass", "best-effort"],
      ["IOSchedulingPriority", "6"],
      ...hardening({
        home: needsHome([...program, ...folders]),
        writes: freeFolders,
        network: true,
        devices: [],
      }),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

/** The camera loop's unit: it goes on whatever the agent does. */
export function renderCaptureUnit(settings: CaptureUnitSettings): string {
  const { program, user, captureArgs, network } = settings;
  const [node, ...nodeArgs] = program;
  return renderUnit(`${HEADING} ${CAPTURE_UNIT}`, {
    Unit: [
      ["Description", "PiLab capture: takes pictures on a steady schedule"],
      ["After", AGENT_UNIT],
      ["StartLimitIntervalSec", "0"],
    ],
    Service: [
      ...service(user, execLine(node, [...nodeArgs, "capture", ...captureArgs])),
      ["SupplementaryGroups", "video"],
      ["RuntimeDirectory", "pilab-capture"],
      ["RuntimeDirectoryMode", "0755"],
      ["TimeoutStopSec", "30"],
      ["TasksMax", "128"],
      ...hardening({ home: needsHome(program), writes: [], network, devices: CAMERA_DEVICES }),
    ],
    Install: [["WantedBy", "multi-user.target"]],
  });
}

function service(user: string, execStart: string): [string, string | undefined][] {
  return [
    ["Type", "notify"],
    // systemd-notify, which speaks for us, is a child.
    ["NotifyAccess", "all"],
    ["ExecStart", execStart],
    ["User", user],
    ["StateDirectory", STATE_NAME],
    ["StateDirectoryMode", "0700"],
    ["EnvironmentFile", `-${ENVIRONMENT_PATH}`],
    ...Object.entries(MEMORY_ENVIRONMENT).map(([name, value]): [string, string] => [
      "Environment",
      `${name}=${value}`,
    ]),
    // Without it each start strips and compiles the sources anew, and holds what that takes.
    ["Environment", `NODE_COMPILE_CACHE=%S/${STATE_NAME}/compiled`],
    ["Restart", "on-failure"],
    ["RestartSec", "5"],
    ["RestartPreventExitStatus", "2"],
    ["WatchdogSec", String(WATCHDOG_S)],
    ["TimeoutStartSec", "120"],
    ["KillMode", "mixed"],
    // A core file would fill the card.
    ["LimitCORE", "0"],
  ];
}

function needsHome(paths: readonly string[]): boolean {
  return paths.some((path) => /^\/(?:home|root|run\/user)(?:\/|$)/.test(path));
}
