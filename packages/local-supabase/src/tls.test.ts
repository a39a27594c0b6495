import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startLocalSupabase } from "./server.ts";
import { readTls } from "./tls.ts";

// Made for this test, for localhost, valid until 2126: they protect nothing.
const CERT = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUJ1K514XbQOO58SeiLIlTA5egZIcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA4NDUxN1oYDzIxMjYxMDMx
MDg0NTE3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT6CcbwnVi44m65xrPuE2H1edWbFacCSRn3EhJu5vfu9WFkXBrshWxs
3O2gasq/ALOYnGT620J010lxGzdiEp3Xo28wbTAdBgNVHQ4EFgQU1Kv0VGobHoH3
3SM6/Z6tw9JUlOwwHwYDVR0jBBgwFoAU1Kv0VGobHoH33SM6/Z6tw9JUlOwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAOxzrUIONFt1DMH9UEgifb0cCdcSKygNvwzVLpqMgjlnAiA9
KABJIZH9ncDFakRt93Ou4vyE4V4eSnbgqa1Xq83Ecw==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW7WlOYpyjHOj0s2S
/6ODtW9chpJFcrxttgqeg4mm5FOhRANCAAT6CcbwnVi44m65xrPuE2H1edWbFacC
SRn3EhJu5vfu9WFkXBrshWxs3O2gasq/ALOYnGT620J010lxGzdiEp3X
-----END PRIVATE KEY-----
`;
const OTHER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfwzr/+nw3dyLr1Ha
SWyhk8CcZ60/f7IH56DSNKt2grChRANCAAQszL8uxOOk5L9ia815BHdWEjpGyL7y
Sy9hcLKYz7WxunBTeIY1Ur4P7fq20KzPpJgU9ZmI/eZ2eTbX2aWfWQbJ
-----END PRIVATE KEY-----
`;

let dir: string;
const at = (name: string) => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "pilab-tls-"));
  await writeFile(at("cert.pem"), CERT);
  await writeFile(at("key.pem"), KEY);
  await writeFile(at("other.pem"), OTHER_KEY);
  await writeFile(at("text.pem"), "hello");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("the files of --tls-cert and --tls-key", () => {
  test("are read when they belong together", async () => {
    expect(await readTls(at("cert.pem"), at("key.pem"))).toEqual({ cert: CERT, key: KEY });
    expect(await readTls(undefined, undefined)).toBeUndefined();
  });

  test.each([
    ["cert.pem", undefined, "--tls-key is missing"],
    [undefined, "key.pem", "--tls-cert is missing"],
    ["none.pem", "key.pem", "none.pem cannot be read: ENOENT"],
    ["text.pem", "key.pem", "text.pem holds no PEM that can be used"],
    ["cert.pem", "text.pem", "text.pem holds no PEM that can be used"],
    ["cert.pem", "other.pem", "is not the key of"],
  ])("%s and %s are refused before the first client meets them", async (cert, key, reason) => {
    const reading = readTls(cert && at(cert), key && at(key));
    await expect(reading).rejects.toThrow(reason);
    await expect(reading).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("are refused once the certificate has expired", async () => {
    await expect(readTls(at("cert.pem"), at("key.pem"), new Date("2200-01-01"))).rejects.toThrow(
      "was valid until 2126",
    );
  });
});

test("the server answers over TLS and names its URL so", { timeout: 60_000 }, async () => {
  const supabase = await startLocalSupabase({ dataDir: at("data"), port: 0, tls: { cert: CERT, key: KEY } });
  try {
    expect(supabase.url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      get(`${supabase.url}/health`, { ca: CERT }, (response) => resolve(response.resume().statusCode)).on(
        "error",
        reject,
      );
    });
    expect(status).toBe(200);
  } finally {
    await supabase.stop();
  }
});
