import { randomBytes } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { PilabClient } from "@pilab/storage-core";
import { type DeviceCredentials, readCredentials, writeCredentials } from "../credentials.ts";
import type { AdminCall } from "./admin-api.ts";

/** The device that {@link ensureDevice} makes, and where its credentials lie. */
export interface DeviceAccountOptions {
  /** A client with the service key. */
  admin: PilabClient;
  call: AdminCall;
  url: string;
  anonKey: string;
  slug: string;
  name: string;
  timeZone: string;
  expectedIntervalS?: number;
  /** The credentials file, 0600. */
  path: string;
}

interface DeviceRow {
  id: string;
  user_id: string | null;
  retired_at: string | null;
}

/** A device that can sign in. */
export interface DeviceAccount {
  deviceId: string;
  credentials: DeviceCredentials;
}

/** The device of a slug, if there is one. */
export async function findDevice(call: AdminCall, slug: string): Promise<DeviceRow | undefined> {
  return (await call<DeviceRow[]>("GET", `/rest/v1/devices?slug=eq.${slug}&select=id,user_id,retired_at`))[0];
}

/**
 * Makes sure that a device exists and that its credentials file signs in as it. At later starts it changes nothing, but
 * for the server's address when that is another; a lost file gets a new password.
 */
export async function ensureDevice(options: DeviceAccountOptions): Promise<DeviceAccount> {
  const { admin, call, slug, path } = options;
  const row = await findDevice(call, slug);
  if (row === undefined) {
    const { name, timeZone, expectedIntervalS } = options;
    const { device, credentials } = await admin.devices.create({
      slug,
      name,
      time_zone: timeZone,
      ...(expectedIntervalS === undefined ? {} : { expected_interval_s: expectedIntervalS }),
    });
    return { deviceId: device.id, credentials: await keep(options, credentials) };
  }
  if (row.retired_at !== null || row.user_id === null) {
    throw new PilabError(
      "forbidden",
      `The device ${slug} ${row.user_id === null ? "has no account any more" : "is retired"}`,
      {
        hint: "An admin ended it; npm start does not undo that.",
      },
    );
  }
  const stored = await readCredentials(path, () => {}).catch(() => undefined);
  if (stored !== undefined && (await signsIn(options, stored))) {
    return { deviceId: row.id, credentials: await keep(options, stored) };
  }
  const password = randomBytes(24).toString("base64url");
  const { email } = await call<{ email: string }>("PUT", `/auth/v1/admin/users/${row.user_id}`, { password });
  return { deviceId: row.id, credentials: await keep(options, { email, password }) };
}

async function keep(
  { admin, url, anonKey, path }: DeviceAccountOptions,
  { email, password }: Pick<DeviceCredentials, "email" | "password">,
): Promise<DeviceCredentials> {
  const credentials = { url, anonKey, bucket: admin.bucket, email, password };
  await writeCredentials(path, credentials);
  return credentials;
}

async function signsIn(
  { url, anonKey }: DeviceAccountOptions,
  { email, password }: DeviceCredentials,
): Promise<boolean> {
  const response = await fetch(`${url}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { apikey: anonKey, "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  await response.body?.cancel();
  return response.ok;
}
