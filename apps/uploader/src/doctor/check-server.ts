import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { DeviceClient } from "@pilab/storage-core/device";
import { durationText } from "../upload/words.ts";
import { attempt, type Finding, finder } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const EXPIRES_SOON_MS = 14 * 24 * 60 * 60_000;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** From the server's name to the right to write there; stops where going on tells nothing more. */
export async function checkServer(
  url: string,
  client: DeviceClient,
  device: string | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const target = new URL(url);
  const findings = await attempt("dns", () => checkDns(target));
  if (failed(findings)) return findings;
  findings.push(...(await attempt("tls", () => checkTls(target))));
  findings.push(
    ...(await attempt("sign-in", async () => {
      const { slug, pausedUntil } = await client.device.get({ device, signal });
      const { ok, warn } = finder("sign-in");
      const paused = pausedUntil !== null && pausedUntil.getTime() > Date.now();
      return [
        ok(`as the device ${slug}`),
        ...(paused
          ? [warn(`uploads are paused until ${pausedUntil.toISOString()}`, "An operator set this.")]
          : []),
      ];
    })),
  );
  if (failed(findings)) return findings;
  findings.push(
    ...(await attempt("right to write", async () => {
      await client.device.checkMayWrite({ device, signal });
      return [finder("right to write").ok(`into the bucket ${client.bucket}`)];
    })),
  );
  return findings;
}

function failed(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "fail");
}

async function checkDns({ hostname }: URL): Promise<Finding[]> {
  const { ok, fail } = finder("dns");
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return [];
  return await lookup(hostname).then(
    ({ address }) => [ok(`${hostname} is ${address}`)],
    (error: Error) => [
      fail(error.message, "Check SUPABASE_URL, and the network: ping -c 1 1.1.1.1; resolvectl status"),
    ],
  );
}

async function checkTls({ protocol, hostname, port }: URL): Promise<Finding[]> {
  const { ok, warn, fail } = finder("tls");
  if (protocol === "http:") {
    if (LOOPBACK.has(hostname)) return [];
    return [warn("the connection is not encrypted", "Anyone on the way reads the password: use https://")];
  }
  const { promise, resolve, reject } = Promise.withResolvers<Date>();
  const host = hostname.replace(/^\[|\]$/g, "");
  const socket = connect(
    { host, port: Number(port || 443), ...(isIP(host) === 0 && { servername: host }) },
    () => resolve(new Date(socket.getPeerCertificate().valid_to)),
  );
  socket.setTimeout(TIMEOUT_MS, () => reject(new Error(`no answer within ${durationText(TIMEOUT_MS)}`)));
  socket.on("error", reject);
  try {
    const leftMs = (await promise).getTime() - Date.now();
    if (leftMs > EXPIRES_SOON_MS) return [ok("the certificate is good")];
    return [warn(`the certificate ends in ${durationText(Math.max(0, leftMs))}`, "Have it renewed.")];
  } catch (error) {
    const hint = "Check SUPABASE_URL and this machine's clock; NODE_EXTRA_CA_CERTS names a CA of your own.";
    return [fail((error as Error).message, hint)];
  } finally {
    socket.destroy();
  }
}
