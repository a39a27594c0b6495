import { type ErrorCode, PilabError } from "@pilab/schema";
import nodemailer from "nodemailer";
import { ATTEMPT_TIMEOUT_MS, type Channel, type Letter } from "./channel.ts";
import { messageLines } from "./message-lines.ts";

/** Sends mail by SMTP; the secret is the server: `smtps://user:password@host:465`, or `smtp://…:587` for STARTTLS. */
export function emailChannel(
  { from, to }: { from: string; to: readonly string[] },
  serverUrl: string,
): Channel {
  const url = URL.canParse(serverUrl) ? new URL(serverUrl) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol)) {
    throw new PilabError(
      "invalid_environment",
      "The secret of an e-mail channel is not the URL of an SMTP server",
      {
        hint: "smtps://user:password@mail.example.org:465; special letters of the password as %XX",
      },
    );
  }
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return {
    async send(letter, signal) {
      const transport = nodemailer.createTransport({
        url: serverUrl,
        connectionTimeout: ATTEMPT_TIMEOUT_MS,
        greetingTimeout: ATTEMPT_TIMEOUT_MS,
        socketTimeout: ATTEMPT_TIMEOUT_MS,
        // A password goes over no network in clear.
        requireTLS: url.username !== "" && !isHere,
      });
      const stop = AbortSignal.any([signal, AbortSignal.timeout(2 * ATTEMPT_TIMEOUT_MS)]);
      const stopped = Promise.withResolvers<never>();
      const onStop = () => stopped.reject(stop.reason);
      stop.addEventListener("abort", onStop, { once: true });
      try {
        await Promise.race([transport.sendMail(mailOf(letter, from, to)), stopped.promise]);
      } catch (cause) {
        throw mailError(cause, url, signal);
      } finally {
        stop.removeEventListener("abort", onStop);
        transport.close();
      }
    },
  };
}

function mailOf({ id, message }: Letter, from: string, to: readonly string[]) {
  const { title, severity, status } = message;
  const lines = messageLines(message);
  return {
    from,
    to: [...to],
    subject: `[PiLab] ${status === "firing" ? severity : status}: ${title}`,
    text: [title, "", ...lines, ...(lines.length > 0 ? [""] : []), "-- ", "Sent by pilab-retention"].join(
      "\n",
    ),
    // A mail that is sent again is the same mail.
    messageId: `<${id}@pilab.invalid>`,
    headers: { "Auto-Submitted": "auto-generated", "X-PiLab-Delivery": id },
  };
}

function mailError(cause: unknown, { host, password }: URL, signal: AbortSignal): PilabError {
  if (signal.aborted) return new PilabError("aborted", `stopped while sending to ${host}`);
  const {
    code = "",
    responseCode = 0,
    message = "",
    name = "",
  } = cause as Partial<Record<"code" | "message" | "name", string> & { responseCode: number }>;
  if (name === "TimeoutError" || code === "ETIMEDOUT")
    return new PilabError("timeout", `${host} did not answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
  const said = message.replaceAll(decodeURIComponent(password) || "\0", "[redacted]").slice(0, 300);
  return new PilabError(codeOf(code, responseCode), `${host}: ${said}`);
}

/** SMTP says by the first digit whether another try helps: 4 yes, 5 no. */
function codeOf(code: string, response: number): ErrorCode {
  if (code === "EAUTH") return "forbidden";
  if (response >= 500) return "invalid_input";
  return response >= 400 ? "server_busy" : "network";
}
