import { PilabError } from "@pilab/schema";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createUplink, type UplinkState } from "./uplink.ts";

vi.useFakeTimers();
const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function link(firstDelayMs = 0) {
  const stop = new AbortController();
  stops.push(stop);
  const server = { answer: undefined as PilabError | undefined, probes: 0 };
  const states: UplinkState["kind"][] = [];
  const uplink = createUplink({
    probe: async () => {
      server.probes += 1;
      if (server.answer !== undefined) throw server.answer;
    },
    isFatal: (error) => (error as PilabError).code === "conflict",
    times: { awayMinMs: 1000, awayMaxMs: 60_000, refusedMs: 900_000 },
    firstDelayMs,
    signal: stop.signal,
    onChange: ({ kind }) => states.push(kind),
    random: () => 0,
  });
  const running = uplink.run();
  running.catch(() => {});
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { uplink, server, states, running, pass, stop };
}

const error = (code: PilabError["code"], details = {}) => new PilabError(code, code, { details });

describe("createUplink", () => {
  test("what fails while the agent stops is no fault of the file's, and nobody is asked about it", async () => {
    const { uplink, server, states, pass, stop } = link();
    await pass(0);
    stop.abort();
    expect(await uplink.blame(error("network"))).toBe("server");
    expect(server.probes).toBe(1);
    expect(states).toEqual(["open"]);
  });

  test("waits with its first question as long as it is told to", async () => {
    const { uplink, server, pass } = link(5000);
    await pass(4999);
    expect(server.probes).toBe(0);
    await pass(1);
    expect(uplink.state).toEqual({ kind: "open", trial: false });
  });

  test("asks a server that is away again after 1, 2, 4 seconds and so on, and opens when it answers", async () => {
    const { uplink, server, pass } = link(1);
    server.answer = error("network");
    await pass(1);
    await pass(1000 + 2000 + 4000 - 1);
    expect(server.probes).toBe(3);
    server.answer = undefined;
    await pass(1);
    expect(uplink.state.kind).toBe("open");
  });

  test("tries a refusal again after fifteen minutes, with one file before the others; hurry does it at once", async () => {
    const { uplink, server, pass } = link();
    await pass(0);
    expect(await uplink.blame(error("forbidden"))).toBe("server");
    await pass(899_999);
    expect(server.probes).toBe(1);
    await pass(1);
    expect(uplink.state).toEqual({ kind: "open", trial: true });
    uplink.succeeded();
    expect(uplink.state).toEqual({ kind: "open", trial: false });
    await uplink.blame(error("not_signed_in"));
    await pass(0);
    uplink.hurry();
    await pass(0);
    expect(uplink.state).toEqual({ kind: "open", trial: true });
  });

  test("obeys a 429: no question before the time that it names", async () => {
    const { uplink, server, pass } = link();
    await pass(0);
    await uplink.blame(error("rate_limited", { retryAfterMs: 30_000 }));
    await pass(29_999);
    expect(server.probes).toBe(1);
    await pass(1);
    expect(uplink.state.kind).toBe("open");
  });

  test("blames a file for what the server does not suffer from, and the server for what it does", async () => {
    const { uplink, server, states, pass } = link();
    await pass(0);
    expect(await uplink.blame(error("path_conflict"))).toBe("file");
    expect(await uplink.blame(error("timeout"))).toBe("file");
    // A lock on one upload, while the server answers everything else.
    expect(await uplink.blame(error("server_busy"))).toBe("file");
    server.answer = error("network");
    expect(await Promise.all([uplink.blame(error("timeout")), uplink.blame(error("network"))])).toEqual([
      "server",
      "server",
    ]);
    expect(states).toEqual(["open", "away"]);
    expect(server.probes).toBe(4);
  });

  test("ends with what no waiting mends", async () => {
    const { server, running, pass } = link(10);
    server.answer = error("conflict");
    await pass(10);
    await expect(running).rejects.toMatchObject({ code: "conflict" });
  });
});
