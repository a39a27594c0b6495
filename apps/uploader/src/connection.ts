import { PilabError } from "@pilab/schema";
import type { ClientOptions } from "@pilab/storage-core";
import { createDeviceClient, type DeviceClient } from "@pilab/storage-core/device";
import { readCredentials } from "./credentials.ts";
import {
  type EnvironmentSource,
  readDeviceEnvironment,
  readServiceEnvironment,
  type UploaderEnvironment,
} from "./env.ts";

/** What the command line says about who uploads. */
export interface ConnectionFlags {
  /** A credentials file. */
  credentials?: string;
  /** Use SUPABASE_SERVICE_ROLE_KEY; needs `device`. */
  serviceKey?: boolean;
  /** The device's slug; only useful with the service key. */
  device?: string;
}

/** A client, and in words where it uploads to and as whom. */
export interface Connection {
  client: DeviceClient;
  url: string;
  description: string;
}

/** What {@link connect} is given besides the flags. */
export interface ConnectOptions {
  environment: UploaderEnvironment;
  source: EnvironmentSource;
  /** Settings for the client that are not about who uploads. */
  client?: Omit<ClientOptions, "url" | "key" | "bucket" | "maxFileSizeBytes" | "retry" | "chunks">;
  warn: (message: string) => void;
}

/** Makes the client: from `--credentials`, else PILAB_CREDENTIALS_FILE, else the environment. Nothing is sent yet. */
export async function connect(flags: ConnectionFlags, options: ConnectOptions): Promise<Connection> {
  const { environment, source, warn } = options;
  const settings = {
    maxFileSizeBytes: environment.storage.maxFileSizeBytes,
    retry: environment.retry,
    chunks: environment.chunks,
    ...options.client,
  };
  if (flags.serviceKey) {
    if (flags.device === undefined) {
      throw new PilabError(
        "invalid_input",
        "--service-key needs --device: the slug of the device to upload for",
      );
    }
    const { url, serviceKey } = readServiceEnvironment(source).supabase;
    const { bucket } = environment.storage;
    return {
      client: createDeviceClient({ ...settings, url, bucket, serviceKey }),
      url,
      description: `${url}, bucket ${bucket}, for device ${flags.device} (service key)`,
    };
  }
  const {
    url,
    anonKey: key,
    bucket,
    email,
    password,
  } = await deviceAccount(flags, environment, source, warn);
  return {
    client: createDeviceClient({ ...settings, url, key, bucket, email, password }),
    url,
    description: `${url}, bucket ${bucket}, as ${email}`,
  };
}

async function deviceAccount(
  flags: ConnectionFlags,
  environment: UploaderEnvironment,
  source: EnvironmentSource,
  warn: (message: string) => void,
) {
  const file = flags.credentials ?? environment.credentialsFile;
  if (file !== undefined) return await readCredentials(file, warn);
  const { supabase, account } = readDeviceEnvironment(source);
  return { ...supabase, bucket: environment.storage.bucket, ...account };
}
