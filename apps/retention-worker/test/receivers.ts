import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A request that a {@link startHttpReceiver} got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to answer: a status, or `hang` for nothing at all. */
export type Answer = { status: number; headers?: Record<string, string> } | "hang";

/** A real HTTP server that takes what channels post. */
export async function startHttpReceiver() {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString("utf8");
    received.push({ path: request.url ?? "", headers: request.headers, body });
    const answer = answers.shift() ?? { status: 204 };
    if (answer !== "hang") response.writeHead(answer.status, answer.headers).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** What is still to be answered. */
    answers,
    /** The answers to the next requests; then 204. */
    answerWith: (...next: Answer[]) => answers.push(...next),
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A real SMTP server, in this process, that takes mail for `lab` with the password `s3cret pass`. */
export async function startMailReceiver() {
  const mails: { from: string; to: string[]; source: string }[] = [];
  const refusals: { responseCode: number; message: string }[] = [];
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      if (username === "lab" && password === "s3cret pass") done(null, { user: username });
      else done(new Error(`no such user, or not with ${password}`));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const refusal = refusals.shift();
        if (refusal)
          return done(Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source: Buffer.concat(chunks).toString("utf8"),
        });
        done();
      });
    },
  });
  server.on("error", () => {}); // a client that goes away is no fault of the server's
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://lab:s3cret%20pass@127.0.0.1:${port}`,
    port,
    mails,
    refuseWith: (responseCode: number, message: string) => refusals.push({ responseCode, message }),
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
