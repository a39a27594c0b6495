import { parseRetryAfter } from "@pilab/retry";
import { type ErrorCode, PilabError } from "@pilab/schema";
import { ATTEMPT_TIMEOUT_MS } from "./channel.ts";

/** What {@link postJson} sends. */
export interface JsonPost {
  readonly url: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly signal: AbortSignal;
}

/**
 * Posts JSON, and throws what it comes to as a PilabError that says whether another try helps. Errors name only the host: the
 * path may be a secret. Redirects are not followed: what was signed for one place is not for another.
 */
export async function postJson({ url, body, headers, signal }: JsonPost): Promise<void> {
  const { host } = new URL(url);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "pilab-retention", ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    await answer.body?.cancel();
  } catch (cause) {
    if (signal.aborted) throw new PilabError("aborted", `stopped while sending to ${host}`);
    if ((cause as Error).name === "TimeoutError")
      throw new PilabError("timeout", `${host} did not answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`);
    const { code } = ((cause as Error).cause ?? {}) as { code?: string };
    throw new PilabError("network", `${host} cannot be reached${code === undefined ? "" : ` (${code})`}`);
  }
  if (answer.ok) return;
  const retryAfter = answer.headers.get("retry-after");
  const retryAfterMs = retryAfter === null ? undefined : parseRetryAfter(retryAfter);
  throw new PilabError(codeOf(answer.status), `${host} answered ${answer.status}`, {
    ...(retryAfterMs !== undefined && { details: { retryAfterMs } }),
  });
}

function codeOf(status: number): ErrorCode {
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 425) return "timeout";
  if (status >= 500) return status === 503 ? "server_busy" : "server_error";
  return status === 401 || status === 403
    ? "forbidden"
    : status === 404 || status === 410
      ? "not_found"
      : "invalid_input";
}
