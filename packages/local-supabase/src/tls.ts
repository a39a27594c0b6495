import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { PilabError } from "@pilab/schema";

/** A certificate (chain) and its key, PEM. */
export interface Tls {
  cert: string;
  key: string;
}

/**
 * Reads and checks the two files of `--tls-cert` and `--tls-key`, so that a wrong one is named at start and not by the
 * first client.
 *
 * @throws PilabError `invalid_input`
 */
export async function readTls(
  certPath: string | undefined,
  keyPath: string | undefined,
  now = new Date(),
): Promise<Tls | undefined> {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined) {
    throw new PilabError(
      "invalid_input",
      `--tls-${certPath === undefined ? "cert" : "key"} is missing: TLS needs both files`,
    );
  }
  const cert = await readPem("--tls-cert", certPath);
  const key = await readPem("--tls-key", keyPath);
  const parsed = parse("--tls-cert", certPath, () => new X509Certificate(cert));
  const privateKey = parse("--tls-key", keyPath, () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(privateKey)) {
    throw new PilabError("invalid_input", `${keyPath} is not the key of ${certPath}`);
  }
  if (parsed.validToDate < now) {
    throw new PilabError("invalid_input", `${certPath} was valid until ${parsed.validToDate.toISOString()}`, {
      hint: "Renew the certificate.",
    });
  }
  return { cert, key };
}

async function readPem(option: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PilabError("invalid_input", `${option} ${path} cannot be read: ${cause.code}`, { cause });
  });
}

function parse<T>(option: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new PilabError("invalid_input", `${option} ${path} holds no PEM that can be used`, { cause });
  }
}
