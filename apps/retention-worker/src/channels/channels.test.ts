import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { AlertChannelRow, AlertMessage } from "@pilab/schema";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startHttpReceiver, startMailReceiver } from "../../test/receivers.ts";
import type { Letter } from "./channel.ts";
import { openChannel } from "./open-channel.ts";

let http: Awaited<ReturnType<typeof startHttpReceiver>>;
let smtp: Awaited<ReturnType<typeof startMailReceiver>>;
beforeAll(async () => {
  http = await startHttpReceiver();
  smtp = await startMailReceiver();
});
beforeEach(() => {
  http.received.length = 0;
  http.answers.length = 0;
  smtp.mails.length = 0;
});
afterAll(async () => {
  await Promise.all([http.stop(), smtp.stop()]);
});

const now = "2026-03-01T12:00:00.000Z";
const alert: AlertMessage["alerts"][number] = {
  id: "00000000-0000-4000-8000-000000000001",
  change: "opened",
  severity: "critical",
  title: "Pi <one> has been silent for 11 min",
  subject_type: "device",
  subject_id: "00000000-0000-4000-8000-000000000002",
  opened_at: now,
  resolved_at: null,
  resolved_because: null,
};
const message: AlertMessage = {
  title: "Device silent: 2 new",
  severity: "critical",
  status: "firing",
  rule_key: "device_silent",
  alerts: [alert, { ...alert, title: "Pi two is 80 °C warm", severity: "warning" }],
  more: 3,
  counts: { opened: 5, rose: 0, resolved: 0, still: 0 },
};
const letter: Letter = { id: "00000000-0000-4000-8000-00000000000a", kind: "alert", message };
const never = new AbortController().signal;
const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

function row(
  kind: AlertChannelRow["kind"],
  config: object,
  secret_env: string | null = "ALERT_SECRET",
): AlertChannelRow {
  return {
    id: alert.id,
    name: "lab",
    kind,
    enabled: true,
    min_severity: "info",
    config: { ...config },
    secret_env,
    created_at: now,
    updated_at: now,
  };
}
const open = (channel: AlertChannelRow, secret?: string) =>
  openChannel(channel, secret === undefined ? {} : { ALERT_SECRET: secret });

describe("a webhook", () => {
  const webhook = () => open(row("webhook", { url: `${http.url}/hook` }), SECRET);

  test("is signed so that the specification's own library takes it, and refuses it when a byte differs", async () => {
    await webhook().send(letter, never);
    const [{ body, headers } = expect.fail()] = http.received;
    const verifier = new Webhook(SECRET);
    const given = headers as Record<string, string>;
    expect(verifier.verify(body, given)).toMatchObject({ type: "alerts.changed", data: message });
    expect(given["webhook-id"]).toBe(letter.id);
    expect(() => verifier.verify(body.replace("silent", "silenT"), given)).toThrow();
    expect(() => verifier.verify(body, { ...given, "webhook-id": "another" })).toThrow();
  });

  test.each([
    [500, "server_error"],
    [503, "server_busy"],
    [404, "not_found"],
    [401, "forbidden"],
    [302, "invalid_input"],
  ])("fails with the answer %i, and follows no redirect", async (status, code) => {
    http.answerWith({ status, headers: { location: `${http.url}/elsewhere` } });
    await expect(webhook().send(letter, never)).rejects.toMatchObject({
      code,
      message: `${new URL(http.url).host} answered ${status}`,
    });
    expect(http.received).toHaveLength(1);
  });

  test("hands on how long a 429 asks to wait", async () => {
    http.answerWith({ status: 429, headers: { "retry-after": "17" } });
    await expect(webhook().send(letter, never)).rejects.toMatchObject({
      code: "rate_limited",
      details: { retryAfterMs: 17_000 },
    });
  });

  test("gives up a service that does not answer within ten seconds", async () => {
    const inTime = AbortSignal.timeout.bind(AbortSignal);
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      expect(ms).toBe(10_000);
      return inTime(50);
    });
    http.answerWith("hang");
    await expect(webhook().send(letter, never))
      .rejects.toMatchObject({ code: "timeout" })
      .finally(() => timeout.mockRestore());
  });

  test("stops when told to", async () => {
    http.answerWith("hang");
    const stop = new AbortController();
    const sending = webhook().send(letter, stop.signal);
    await vi.waitFor(() => expect(http.received).toHaveLength(1));
    stop.abort();
    await expect(sending).rejects.toMatchObject({ code: "aborted" });
  });

  test("says that nobody listens there", async () => {
    const gone = await startHttpReceiver();
    await gone.stop();
    const channel = open(row("webhook", { url: gone.url }), SECRET);
    await expect(channel.send(letter, never)).rejects.toMatchObject({
      code: "network",
      message: `${new URL(gone.url).host} cannot be reached (ECONNREFUSED)`,
    });
  });
});

test("ntfy gets topic, priority, token and letters of all scripts, under the server's own path", async () => {
  await open(row("ntfy", { url: `${http.url}/ntfy/my-lab` }), "tk_abc").send(letter, never);
  const [{ path, headers, body } = expect.fail()] = http.received;
  expect([path, headers.authorization]).toEqual(["/ntfy/", "Bearer tk_abc"]);
  expect(JSON.parse(body)).toEqual({
    topic: "my-lab",
    title: "PiLab: critical",
    message:
      "Device silent: 2 new\ncritical: Pi <one> has been silent for 11 min\nwarning: Pi two is 80 °C warm\nand 3 more",
    priority: 5,
    tags: ["rotating_light"],
  });
  await open(row("ntfy", { url: `${http.url}/my-lab` }, null)).send(letter, never);
  expect(http.received[1]?.headers.authorization).toBeUndefined();
});

test("Slack gets a text in which no name of a device is a link, a mention or a format", async () => {
  await open(row("slack", {}), `${http.url}/services/T0/B0/xyz`).send(letter, never);
  expect(JSON.parse(http.received[0]?.body ?? "")).toEqual({
    text: ":rotating_light: *Device silent: 2 new*\n• critical: Pi &lt;one&gt; has been silent for 11 min\n• warning: Pi two is 80 °C warm\n• and 3 more",
  });
});

test("Slack's errors do not tell the URL, which is the secret", async () => {
  http.answerWith({ status: 500 });
  const failed = await open(row("slack", {}), `${http.url}/services/T0/B0/xyz`)
    .send(letter, never)
    .catch((error: unknown) => error);
  expect(JSON.stringify([failed, (failed as Error).message, (failed as Error).stack])).not.toContain("xyz");
});

describe("e-mail", () => {
  const config = { from: "pilab@lab.test", to: ["a@lab.test", "b@lab.test"] };

  test("reaches everybody, signed in, with the message's id as the mail's", async () => {
    await open(row("email", config), smtp.url).send(letter, never);
    const [mail = expect.fail()] = smtp.mails;
    expect(mail).toMatchObject({ from: config.from, to: config.to });
    expect(mail.source).toContain("Subject: [PiLab] critical: Device silent: 2 new");
    expect(mail.source).toContain(`Message-ID: <${letter.id}@pilab.invalid>`);
    expect(mail.source).toContain("Auto-Submitted: auto-generated");
    expect(mail.source).toMatch(/critical: Pi <one> has been silent for 11 min/);
  });

  test("is for a person to repair when the password is wrong, and tells nobody the password", async () => {
    const failed = open(row("email", config), `smtp://lab:hunter2@127.0.0.1:${smtp.port}`).send(
      letter,
      never,
    );
    await expect(failed).rejects.toMatchObject({ code: "forbidden" });
    await expect(failed).rejects.not.toThrow(/hunter2/);
  });

  test.each([
    [451, "server_busy"],
    [554, "invalid_input"],
  ])("takes the server's %i for %s", async (status, code) => {
    smtp.refuseWith(status, "not now");
    await expect(open(row("email", config), smtp.url).send(letter, never)).rejects.toMatchObject({ code });
  });

  test("sends no password over a network in clear", async () => {
    // A name that is this machine's, but not known to be.
    const channel = open(row("email", config), smtp.url.replace("127.0.0.1", "0.0.0.0"));
    await expect(channel.send(letter, never)).rejects.toThrow();
    expect(smtp.mails).toEqual([]);
  });

  test("stops when told to, though the server says nothing", async () => {
    const connections: Socket[] = [];
    const silent = createServer((socket) => connections.push(socket)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const stop = new AbortController();
    const url = `smtp://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const sending = open(row("email", config), url).send(letter, stop.signal);
    await vi.waitFor(() => expect(connections).toHaveLength(1));
    stop.abort();
    await expect(sending).rejects.toMatchObject({ code: "aborted" });
    for (const socket of connections) socket.destroy();
    silent.close();
  });
});

describe("a channel that cannot be opened", () => {
  test.each<[string, AlertChannelRow, string | undefined, RegExp]>([
    [
      "a secret that is not set",
      row("webhook", { url: "https://x.test" }),
      undefined,
      /^ALERT_SECRET is not set/,
    ],
    [
      "a secret that is none of Standard Webhooks",
      row("webhook", { url: "https://x.test" }),
      "hunter2",
      /not one of Standard Webhooks/,
    ],
    [
      "an ntfy URL without a topic",
      row("ntfy", { url: "https://ntfy.sh/" }, null),
      undefined,
      /ends with its topic/,
    ],
    ["a Slack secret that is no URL", row("slack", {}), "xoxb-123", /not the URL of an incoming webhook/],
    [
      "an SMTP secret that is no URL",
      row("email", { from: "a@b.test", to: ["c@d.test"] }),
      "mail.example.org",
      /not the URL of an SMTP server/,
    ],
    ["a config of another kind", row("email", { url: "https://x.test" }), "hunter2", /is not set up/],
  ])("says what is wrong with %s, and not what the secret is", (_title, channel, secret, said) => {
    expect(() => open(channel, secret)).toThrow(said);
    if (secret) expect(() => open(channel, secret)).not.toThrow(new RegExp(secret));
  });
});
