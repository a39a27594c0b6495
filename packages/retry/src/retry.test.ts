import { isPilabError, PilabError } from "@pilab/schema";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Attempt, type AttemptReport, type RetryOptions, retry } from "./retry.ts";

const busy = { status: 503, message: "busy" };
const expired = { code: "PGRST303", message: "JWT expired" };

/** A clock that only sleeping moves, a list of the waits, the middle of every jitter. */
function world(overrides: RetryOptions = {}) {
  const waits: number[] = [];
  const reports: AttemptReport[] = [];
  let time = 0;
  const options: RetryOptions = {
    now: () => time,
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
    },
    onAttempt: (report) => reports.push(report),
    ...overrides,
  };
  return { waits, reports, options };
}

/** Fails with each error in turn, then answers "done". */
function failing(...errors: unknown[]) {
  return async ({ number }: Attempt): Promise<string> => {
    if (number <= errors.length) throw errors[number - 1];
    return "done";
  };
}

/** A request that never answers and heeds its signal, as fetch does. */
const hanging = ({ signal }: Attempt) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("attempts", () => {
  test("a server that answers 503 twice, then 200, costs two growing waits", async () => {
    const { waits, options, reports } = world();
    await expect(retry(failing(busy, busy), options)).resolves.toBe("done");
    expect(waits).toEqual([1000, 2000]);
    expect(
      reports.map(({ number, next, waitMs, elapsedMs }) => ({ number, next, waitMs, elapsedMs })),
    ).toEqual([
      { number: 1, next: "wait", waitMs: 1000, elapsedMs: 0 },
      { number: 2, next: "wait", waitMs: 2000, elapsedMs: 1000 },
      { number: 3, next: "done", waitMs: 0, elapsedMs: 3000 },
    ]);
    expect(reports[0]).toMatchObject({
      error: busy,
      classification: { kind: "transient", code: "server_busy" },
    });
  });

  test("throws the last error itself after maxAttempts, without a wait after it", async () => {
    const { waits, options, reports } = world({ maxAttempts: 2 });
    const last = { status: 500, message: "the last" };
    await expect(retry(failing(busy, last), options)).rejects.toBe(last);
    expect(waits).toEqual([1000]);
    expect(reports.at(-1)).toMatchObject({ number: 2, next: "give_up", waitMs: 0, error: last });
  });

  test("a permanent error is tried once", async () => {
    const { waits, options, reports } = world();
    const forbidden = { code: "42501", message: "permission denied" };
    await expect(retry(failing(forbidden), options)).rejects.toBe(forbidden);
    expect(waits).toEqual([]);
    expect(reports).toMatchObject([{ number: 1, next: "give_up", classification: { code: "forbidden" } }]);
  });

  test("an exception thrown synchronously counts as a failed attempt", async () => {
    let calls = 0;
    const fn = (): Promise<string> => {
      calls += 1;
      if (calls === 1) throw busy;
      return Promise.resolve("done");
    };
    await expect(retry(fn, world().options)).resolves.toBe("done");
  });

  test("an onAttempt that throws after success does not run fn again", async () => {
    const fn = vi.fn(async () => {});
    const broken = world({
      onAttempt: () => {
        throw new Error("broken report");
      },
    });
    await expect(retry(fn, broken.options)).rejects.toThrow("broken report");
    expect(fn).toHaveBeenCalledTimes(1);
  });

  test("never makes more than maxAttempts, whatever fails", async () => {
    const error = fc.constantFrom(busy, { code: "ECONNRESET" }, { status: 404 }, expired);
    await fc.assert(
      fc.asyncProperty(
        fc.array(error, { maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        async (errors, maxAttempts) => {
          const { waits, options, reports } = world({ maxAttempts, budgetMs: Number.POSITIVE_INFINITY });
          await retry(failing(...errors), options).catch(() => {});
          expect(reports.length).toBeLessThanOrEqual(maxAttempts);
          expect(waits).toHaveLength(reports.length - 1);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("Retry-After", () => {
  const slow = (seconds: number) => ({
    status: 429,
    message: "",
    headers: { "retry-after": String(seconds) },
  });

  test("a longer Retry-After replaces the backoff, also past maxDelayMs, with jitter only on top", async () => {
    const { waits, options } = world({ maxDelayMs: 5000, jitter: 0.2 });
    await retry(failing(slow(90)), options);
    expect(waits).toEqual([90_000 * 1.1]);
  });

  test("a shorter Retry-After leaves the backoff as it is", async () => {
    const { waits, options } = world();
    await retry(failing(slow(0)), options);
    expect(waits).toEqual([1000]);
  });

  test("one that the budget has no room for ends at once with the server's error", async () => {
    const { waits, options, reports } = world({ budgetMs: 60_000 });
    const error = slow(3600);
    await expect(retry(failing(error), options)).rejects.toBe(error);
    expect(waits).toEqual([]);
    expect(reports.at(-1)).toMatchObject({ next: "give_up", classification: { retryAfterMs: 3_600_000 } });
  });
});

describe("the time budget", () => {
  test("no wait begins that would end after it", async () => {
    const { waits, options } = world({ maxAttempts: Number.POSITIVE_INFINITY, budgetMs: 10_000 });
    await expect(retry(failing(...Array(99).fill(busy)), options)).rejects.toBe(busy);
    expect(waits).toEqual([1000, 2000, 4000]);
  });

  test("cuts an attempt that hangs, and says so", async () => {
    const error = await retry(hanging, { budgetMs: 20 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "timeout", message: "No success within the time budget of 20 ms" });
  });

  test("names what the attempt before the hanging one failed with", async () => {
    const { options } = world({ budgetMs: 20, baseDelayMs: 1 });
    const fn = (attempt: Attempt) => (attempt.number === 1 ? Promise.reject(busy) : hanging(attempt));
    await expect(retry(fn, options)).rejects.toMatchObject({ code: "timeout", cause: busy });
  });
});

describe("a token error", () => {
  function renewable(renewSession: () => Promise<void>, ...errors: unknown[]) {
    const w = world({ renewSession });
    return { ...w, run: () => retry(failing(...errors), w.options) };
  }

  test("renews the session once and goes on at once", async () => {
    const renew = vi.fn(async () => {});
    const { run, waits, reports } = renewable(renew, expired);
    await expect(run()).resolves.toBe("done");
    expect(renew).toHaveBeenCalledTimes(1);
    expect(waits).toEqual([]);
    expect(reports.map((report) => report.next)).toEqual(["renew", "done"]);
  });

  test("with a fresh token stops", async () => {
    const renew = vi.fn(async () => {});
    const { run } = renewable(renew, expired, expired, expired);
    await expect(run()).rejects.toBe(expired);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test("is not counted as an attempt", async () => {
    const { options } = world({ maxAttempts: 1, renewSession: async () => {} });
    await expect(retry(failing(expired), options)).resolves.toBe("done");
  });

  test("stops at once when nobody can renew the session", async () => {
    const { options, reports } = world();
    await expect(retry(failing(expired), options)).rejects.toBe(expired);
    expect(reports).toHaveLength(1);
  });

  test("ends with the refusal of a wrong password, not with the old token's error", async () => {
    const refused = { status: 400, code: "invalid_credentials", message: "Invalid login credentials" };
    await expect(renewable(() => Promise.reject(refused), expired).run()).rejects.toBe(refused);
  });

  test("whose renewal meets a busy server waits and renews again", async () => {
    let renewals = 0;
    const renew = async () => {
      renewals += 1;
      if (renewals === 1) throw busy;
    };
    const { run, waits } = renewable(renew, expired, expired);
    await expect(run()).resolves.toBe("done");
    expect(renewals).toBe(2);
    expect(waits).toEqual([1000]);
  });
});

describe("the signal", () => {
  test("already aborted: fn is not called", async () => {
    const fn = vi.fn(async () => {});
    const reason = new Error("Ctrl-C");
    const { options, reports } = world({ signal: AbortSignal.abort(reason) });
    const run = retry(fn, options);
    await expect(run).rejects.toMatchObject({ code: "aborted", cause: reason });
    expect(fn).not.toHaveBeenCalled();
    expect(reports).toEqual([]);
  });

  test("stops a running attempt, even when fn wraps the reason in an error of its own", async () => {
    const controller = new AbortController();
    const fn = (attempt: Attempt) => {
      queueMicrotask(() => controller.abort());
      return hanging(attempt).catch(() => Promise.reject(new Error("upload failed")));
    };
    const { options, reports } = world({ signal: controller.signal });
    await expect(retry(fn, options)).rejects.toMatchObject({ code: "aborted" });
    expect(reports).toMatchObject([{ number: 1, next: "give_up" }]);
  });

  test("stops the wait between attempts", async () => {
    const controller = new AbortController();
    const options = { signal: controller.signal, baseDelayMs: 60_000, onAttempt: () => controller.abort() };
    await expect(retry(failing(busy), options)).rejects.toMatchObject({ code: "aborted" });
  });

  test("with a PilabError as its reason rejects with just that", async () => {
    const reason = new PilabError("partly_done", "enough");
    await expect(retry(failing(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

test.each<[RetryOptions, string]>([
  [{ maxAttempts: 0 }, "retry: maxAttempts is 0, it must be a number of attempts from 1"],
  [{ jitter: 1.5 }, "retry: jitter is 1.5, it must be a share from 0 to 1"],
  [{ baseDelayMs: -1 }, "retry: baseDelayMs is -1, it must be milliseconds from 0"],
  [{ maxDelayMs: Number.NaN }, "retry: maxDelayMs is NaN, it must be milliseconds from 0"],
  [{ budgetMs: 0 }, "retry: budgetMs is 0, it must be milliseconds from 1"],
])("refuses %o before the first attempt, naming option and value", async (options, message) => {
  const error = await retry(failing(), options).catch((thrown: unknown) => thrown);
  expect(isPilabError(error) && error.code).toBe("invalid_input");
  expect((error as Error).message).toBe(message);
});
