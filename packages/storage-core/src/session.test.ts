import { PilabError } from "@pilab/schema";
import { describe, expect, test } from "vitest";
import { createSession, type SignedIn } from "./session.ts";

const never = () => Promise.reject(new Error("never"));

function account(expiresInS = 3600) {
  let nowMs = 0;
  let signIns = 0;
  const session = createSession({
    credentials: { email: "pi-1@devices.pilab.invalid", password: "secret" },
    signIn: async () => {
      signIns += 1;
      return { accessToken: `token ${signIns}`, expiresInS, refreshToken: `refresh ${signIns}` };
    },
    refresh: never,
    now: () => nowMs,
  });
  return { session, pass: (ms: number) => (nowMs += ms), signIns: () => signIns };
}

describe("an account's session", () => {
  test("signs in once for all who ask at the same time", async () => {
    const { session, signIns } = account();
    expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(
      Array(3).fill("token 1"),
    );
    expect(signIns()).toBe(1);
  });

  test("lets a caller that is stopped go at once, and the others have the sign-in", async () => {
    const signedIn = Promise.withResolvers<SignedIn>();
    const session = createSession({
      credentials: { email: "e", password: "p" },
      signIn: () => signedIn.promise,
      refresh: never,
    });
    const stop = new AbortController();
    const stopped = expect(session.token(stop.signal)).rejects.toThrow("enough");
    const other = session.token(new AbortController().signal);
    stop.abort(new Error("enough"));
    await stopped;
    await expect(session.renew(stop.signal)).rejects.toThrow("enough");
    signedIn.resolve({ accessToken: "token", expiresInS: 60, refreshToken: "refresh" });
    expect(await other).toBe("token");
  });

  test("signs in again a minute before the token runs out, whatever the time of day was set to", async () => {
    const { session, pass } = account();
    await session.token();
    pass(3540_000 - 1);
    expect(await session.token()).toBe("token 1");
    pass(1);
    expect(await session.token()).toBe("token 2");
  });

  test("uses a token that lasts less than two minutes for half of its time", async () => {
    const { session, pass } = account(10);
    await session.token();
    pass(4999);
    expect(await session.token()).toBe("token 1");
    pass(1);
    expect(await session.token()).toBe("token 2");
  });

  test("renews once for all who were refused, also for those who hear of it a little later", async () => {
    const { session, signIns, pass } = account();
    await session.token();
    await Promise.all([session.renew(), session.renew()]);
    pass(4999);
    await session.renew();
    expect(signIns()).toBe(2);
    expect(await session.token()).toBe("token 2");
    pass(1);
    await session.renew();
    expect(signIns()).toBe(3);
  });

  test("tries to sign in again after a sign-in that failed", async () => {
    let signIns = 0;
    const session = createSession({
      credentials: { email: "a@b.invalid", password: "" },
      signIn: async () => {
        signIns += 1;
        if (signIns === 1) throw new Error("no network");
        return { accessToken: "good", expiresInS: 60, refreshToken: "refresh" };
      },
      refresh: never,
    });
    await expect(session.token()).rejects.toThrow("no network");
    expect(await session.token()).toBe("good");
  });
});

test("the service key and a fixed token are used as they are and cannot be renewed", async () => {
  const signIn = never;
  const service = createSession({ credentials: { serviceKey: "key" }, signIn, refresh: never });
  expect(service.kind).toBe("service");
  expect(await service.token()).toBe("key");
  await expect(service.renew()).rejects.toMatchObject({
    code: "not_signed_in",
    message: "The service key was refused",
  });
  const fixed = createSession({ credentials: { accessToken: "token" }, signIn, refresh: never });
  expect(await fixed.token()).toBe("token");
  await expect(fixed.renew()).rejects.toMatchObject({ code: "not_signed_in" });
});

test("a token that comes from a function is asked for each time", async () => {
  let asked = 0;
  const session = createSession({
    credentials: { accessToken: async () => `token ${++asked}` },
    signIn: never,
    refresh: never,
  });
  await session.token();
  await session.renew();
  expect(await session.token()).toBe("token 2");
});

describe("an account's session that keeps its refresh token", () => {
  function kept(first?: string) {
    const log: string[] = [];
    let stored = first;
    let answer: () => Promise<SignedIn> = async () => signedIn();
    const signedIn = (): SignedIn => ({
      accessToken: `token ${log.length}`,
      expiresInS: 3600,
      refreshToken: `refresh ${log.length}`,
    });
    let nowMs = 0;
    const session = createSession({
      credentials: { email: "pi-1@devices.pilab.invalid", password: "secret" },
      signIn: async () => {
        log.push("password");
        return signedIn();
      },
      refresh: async (token) => {
        log.push(token);
        return await answer();
      },
      store: {
        load: () => stored,
        save: (_, token) => {
          stored = token;
        },
      },
      random: () => 0.5,
      now: () => nowMs,
    });
    const refuseWith = (error: unknown) => {
      answer = () => Promise.reject(error);
    };
    return { session, log, stored: () => stored, refuseWith, pass: (ms: number) => (nowMs += ms) };
  }

  test("uses it instead of the password, keeps its successor, and renews a twentieth of an hour early", async () => {
    const { session, log, stored, pass } = kept("refresh 0");
    await session.token();
    expect(log).toEqual(["refresh 0"]);
    expect(stored()).toBe("refresh 1");
    pass(3600_000 - 60_000 - 180_000 - 1);
    await session.token();
    expect(log).toHaveLength(1);
    pass(1);
    await session.token();
    expect(log).toEqual(["refresh 0", "refresh 1"]);
  });

  test("signs in by password when it is refused, and keeps it when only the network failed", async () => {
    const { session, log, stored, refuseWith } = kept("used up");
    refuseWith(new PilabError("network", "no network"));
    await expect(session.token()).rejects.toMatchObject({ code: "network" });
    expect(stored()).toBe("used up");
    refuseWith(new PilabError("not_signed_in", "Invalid Refresh Token"));
    expect(await session.token()).toBe("token 3");
    expect(log).toEqual(["used up", "used up", "password"]);
    expect(stored()).toBe("refresh 3");
  });
});
