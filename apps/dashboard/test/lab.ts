import { type ChildProcess, spawn } from "node:child_process";
import { createPilabAuth, createPilabClient, type PilabClient } from "@pilab/storage-core";
import { childEnvironment, makeJpeg, startTestSupabase, type TestSupabase } from "@pilab/testing";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "../scripts/build.ts";
import { keptSession, sessionCookies } from "../src/server/session/cookies.ts";
import { type AccountRole, makeAccount, type Person } from "./account.ts";
import { freePort } from "./free-port.ts";
import { layWire, type Wire } from "./wire.ts";

/** A lab of a suite's own: a Supabase, the dashboard's production server before it, and a browser. */
export interface DashboardLab {
  readonly supabase: TestSupabase;
  readonly service: PilabClient;
  readonly url: string;
  readonly browser: Browser;
  /** Between dashboard and Supabase, in a lab that is wired. */
  readonly wire: Wire | undefined;
  /** A new account; null has no role. */
  person(role: AccountRole): Promise<Person>;
  /** A new device and a client that uploads as it. */
  device(slug: string, more?: object): Promise<{ id: string; pilab: PilabClient }>;
  /** A picture of its own bytes. */
  picture(options?: { takenAt?: string; width?: number; height?: number }): Promise<Buffer>;
  /**
   * A page in a browser context of its own that is nowhere yet; with a session of its own when a person is given, who need
   * not go through the door. What its console says of errors is kept.
   */
  open(person?: Person, options?: BrowserContextOptions): Promise<Page & { problems: string[] }>;
  /** Closes all that is open in the browser: a page that nobody looks at any more still asks for what changes. */
  closePages(): Promise<void>;
  /** Starts the dashboard anew under the same address, with more in its environment. */
  restartDashboard(env?: Record<string, string>): Promise<void>;
  /** SIGKILL: without a chance to close anything. */
  stopDashboard(signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts one. `serviceKey: false`: its dashboard is given none. `wired`: it reaches Supabase over a {@link Wire}, which a test
 * can cut.
 */
export async function startDashboardLab({ serviceKey = true, wired = false } = {}): Promise<DashboardLab> {
  const supabase = await startTestSupabase();
  const service = createPilabClient({ url: supabase.url, serviceKey: supabase.serviceRoleKey });
  const auth = createPilabAuth({ url: supabase.url, key: supabase.anonKey });
  const clients: PilabClient[] = [service];
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const wire = wired ? await layWire(supabase.url) : undefined;
  const reached = { ...supabase, url: wire?.url ?? supabase.url };
  let server = await startServer(reached, port, { serviceKey });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  let pictures = 0;

  return {
    supabase,
    service,
    url,
    browser,
    wire,
    person: (role) => makeAccount(supabase, role),
    async device(slug, more = {}) {
      const { device, credentials } = await service.devices.create({ slug, ...more });
      const pilab = createPilabClient({ url: supabase.url, key: supabase.anonKey, ...credentials });
      clients.push(pilab);
      return { id: device.id, pilab };
    },
    async picture({ takenAt, width = 640, height = 480 } = {}) {
      pictures += 1;
      return await makeJpeg({ width, height, seed: pictures, ...(takenAt && { exif: { takenAt } }) });
    },
    async open(person, options) {
      const context = await browser.newContext({ baseURL: url, locale: "en-GB", ...options });
      const page = Object.assign(await context.newPage(), { problems: [] as string[] });
      page.on("console", (message) => {
        if (message.type() === "error") page.problems.push(`${message.text()} ${message.location().url}`);
      });
      // A library that tries what the policy forbids, and goes on without, would tell nobody.
      await page.addInitScript(() =>
        addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
          reportError(new Error(`The policy blocked ${violatedDirective} ${blockedURI}`)),
        ),
      );
      page.on("pageerror", (error) => page.problems.push(String(error)));
      const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
      page.goto = async (...args) => inPlace(page, await goto(...args));
      page.reload = async (...args) => inPlace(page, await reload(...args));
      if (person) {
        const session = keptSession(await auth.signIn(person.email, person.password));
        await context.addCookies(
          sessionCookies(session, false).map(({ name, value, httpOnly }) => ({
            ...{ name, value, httpOnly, url, sameSite: "Lax" as const },
          })),
        );
      }
      return page;
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    async restartDashboard(env) {
      await stopServer(server);
      server = await startServer(reached, port, { serviceKey, env });
    },
    stopDashboard: (signal) => stopServer(server, signal),
    async stop() {
      await browser.close();
      await stopServer(server);
      await Promise.all(clients.map((client) => client.close()));
      await wire?.cut();
      await supabase.stop();
    },
  };
}

/** Resolves when all that was streamed stands in its place: until then it is in the page a second time, hidden. */
async function inPlace<T>(page: Page, response: T): Promise<T> {
  try {
    await page.evaluate(async () => {
      while (document.querySelector('[hidden][id^="S:"]')) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
    });
  } catch (error) {
    // It leads on to another page.
    if (!String(error).includes("navigation")) throw error;
  }
  return response;
}

/** Through the door, as a person does. */
export async function signIn(page: Page, { email, password }: Person): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.locator("input[name=password]").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((to) => to.pathname !== "/sign-in");
}

/** The production server's file, built when that is due; PILAB_DASHBOARD_SERVER names one instead. */
export async function dashboardServer(): Promise<string> {
  return process.env.PILAB_DASHBOARD_SERVER ?? (await build());
}

async function startServer(
  supabase: Pick<TestSupabase, "url" | "anonKey" | "serviceRoleKey">,
  port: number,
  { serviceKey, env }: { serviceKey: boolean; env?: Record<string, string> | undefined },
): Promise<ChildProcess> {
  const file = await dashboardServer();
  const child = spawn(process.execPath, [file], {
    env: {
      ...childEnvironment(),
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      PORT: String(port),
      HOSTNAME: "127.0.0.1",
      SUPABASE_URL: supabase.url,
      SUPABASE_ANON_KEY: supabase.anonKey,
      ...(serviceKey && { SUPABASE_SERVICE_ROLE_KEY: supabase.serviceRoleKey }),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (process.env.PILAB_SHOW_SERVER) process.stdout.write(chunk);
        if (/Ready in/.test(output)) resolve();
      });
    }
    child.once("exit", (code) => reject(new Error(`the dashboard ended with ${code}:\n${output}`)));
  });
  return child;
}

async function stopServer(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
