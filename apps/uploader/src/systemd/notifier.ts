import { execFile } from "node:child_process";

/** Tells systemd how this service is. Without systemd every call does nothing. */
export interface Notifier {
  /** Whether anybody listens. */
  readonly listening: boolean;
  /** Start-up is over. Tells whether systemd took it. */
  ready(status: string): Promise<boolean>;
  /** Sets the line that `systemctl status` shows; it travels with the next message, at no cost of its own. */
  setStatus(status: string): void;
  /** The watchdog's sign of life. */
  alive(): Promise<boolean>;
  /** Sends the status now, without a sign of life. */
  flush(): Promise<boolean>;
  /** The end has begun. */
  stopping(status: string): Promise<boolean>;
}

/** Sends one datagram of `NAME=value` lines; false when it did not arrive. */
export type SendMessage = (fields: readonly string[]) => Promise<boolean>;

/** What {@link createNotifier} takes. */
export interface NotifierOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Default: systemd's own program `systemd-notify`. */
  send?: SendMessage;
}

/**
 * Makes the notifier. Node has no Unix datagram sockets and every library for them compiles C, so each message is one
 * run of `systemd-notify`, which is there wherever systemd is: 7 ms of processor time here, at one message in 30 s less
 * than a thousandth of it. The unit needs NotifyAccess=all, as the sender is a child of ours; `systemd-notify` waits
 * until systemd has read the message, so that the child is still known then.
 */
export function createNotifier({ env, send = systemdNotify(env) }: NotifierOptions): Notifier {
  const listening = (env.NOTIFY_SOCKET ?? "") !== "";
  let status: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: READY must not overtake STATUS, nor a sign of life follow the end. */
  function say(...fields: string[]): Promise<boolean> {
    if (!listening) return Promise.resolve(false);
    const sent = last.then(() => {
      const news = status;
      status = undefined;
      return send(news === undefined ? fields : [...fields, `STATUS=${news}`]);
    });
    last = sent.catch(() => {});
    return sent;
  }

  const setStatus = (text: string) => {
    // A line break would begin another field.
    status = text.replaceAll(/\s+/g, " ").slice(0, 500);
  };
  return {
    listening,
    setStatus,
    ready(text) {
      setStatus(text);
      return say("READY=1");
    },
    alive: () => say("WATCHDOG=1"),
    flush: () => (status === undefined ? Promise.resolve(false) : say()),
    stopping(text) {
      setStatus(text);
      return say("STOPPING=1");
    },
  };
}

/** systemd-notify gives up after 5 s by itself. */
const TIMEOUT_MS = 10_000;

function systemdNotify({ NOTIFY_SOCKET, PATH }: NotifierOptions["env"]): SendMessage {
  return (fields) =>
    new Promise((resolve) => {
      const options = { env: { NOTIFY_SOCKET, PATH }, timeout: TIMEOUT_MS };
      execFile("systemd-notify", fields, options, (error) => resolve(error === null));
    });
}
