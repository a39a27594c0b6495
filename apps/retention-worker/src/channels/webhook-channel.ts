import { createHmac } from "node:crypto";
import { PilabError } from "@pilab/schema";
import type { Channel } from "./channel.ts";
import { postJson } from "./post-json.ts";

const TYPES = { alert: "alerts.changed", repeat: "alerts.repeated", test: "alerts.test" } as const;

/**
 * Posts `{ type, timestamp, data }`, signed as Standard Webhooks say (https://www.standardwebhooks.com): whoever knows the secret
 * can tell that it is from this worker, is of now, and is not one that it had before.
 */
export function webhookChannel(url: string, secret: string): Channel {
  const key = keyOf(secret);
  return {
    async send({ id, kind, message }, signal) {
      const now = new Date();
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const body = JSON.stringify({ type: TYPES[kind], timestamp: now.toISOString(), data: message });
      const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${signature}`,
      };
      await postJson({ url, body, headers, signal });
    },
  };
}

function keyOf(secret: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/.exec(secret)?.[1];
  if (encoded !== undefined) return Buffer.from(encoded, "base64");
  throw new PilabError("invalid_environment", "The webhook's secret is not one of Standard Webhooks", {
    hint: `whsec_ and 24 to 64 random bytes as base64: node -p "'whsec_' + crypto.randomBytes(32).toString('base64')"`,
  });
}
