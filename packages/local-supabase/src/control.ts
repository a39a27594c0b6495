import { createHash } from "node:crypto";
import { chmod, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ErrorCode, isPilabError, PilabError } from "@pilab/schema";

// The kernel's limit for a socket's path is 108 bytes on Linux, 104 on macOS.
const PATH_BYTES_MAX = 100;

/** What a running server does for the other commands: a name, and a function from JSON to JSON. */
export type ControlActions = Record<string, (input: Record<string, unknown>) => Promise<unknown>>;

/**
 * Lets the other commands of the same user reach a running server: a Unix socket (a named pipe on Windows) that only
 * its owner may open. It is apart from the public port on purpose: no network and no key reaches it.
 */
export async function openControl(
  root: string,
  actions: ControlActions,
): Promise<{ close(): Promise<void> }> {
  const path = controlPath(root);
  const server = createServer((incoming, outgoing) => {
    const answer = (status: number, body: unknown) => {
      outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const action = actions[(incoming.url ?? "/").slice(1)];
    void readJson(incoming)
      .then((input) => {
        if (!action) throw new PilabError("not_found", `this server has no action ${incoming.url}`);
        return action(input);
      })
      .then(
        (result) => answer(200, result ?? {}),
        (error: unknown) => answer(500, toJson(error)),
      );
  });
  // The lock says that its last owner is dead.
  if (process.platform !== "win32") await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  if (process.platform !== "win32") await chmod(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

/** Asks a running server to do something, however long that takes. */
export function askControl<T>(root: string, action: string, input: Record<string, unknown> = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error) =>
      reject(
        new PilabError("network", "the running server does not answer", {
          cause,
          hint: "It may still be starting, or belong to another user.",
        }),
      );
    const outgoing = request(
      { socketPath: controlPath(root), path: `/${action}`, method: "POST" },
      (incoming) => {
        readJson(incoming).then((body) => {
          if (incoming.statusCode === 200) resolve(body as T);
          else
            reject(
              new PilabError(body.code as ErrorCode, String(body.message), {
                hint: body.hint as string | undefined,
              }),
            );
        }, unreachable);
      },
    );
    outgoing.on("error", unreachable);
    outgoing.end(JSON.stringify(input));
  });
}

/** Where the socket of a data folder lies, whether or not anybody listens. */
function controlPath(root: string): string {
  const id = createHash("sha256").update(root).digest("hex").slice(0, 16);
  if (process.platform === "win32") return `\\\\.\\pipe\\pilab-${id}`;
  const path = join(root, "control.sock");
  return Buffer.byteLength(path) <= PATH_BYTES_MAX ? path : join(tmpdir(), `pilab-${id}.sock`);
}

async function readJson(stream: AsyncIterable<Buffer>): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function toJson(error: unknown): Record<string, unknown> {
  if (isPilabError(error)) return { code: error.code, message: error.message, hint: error.hint };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
