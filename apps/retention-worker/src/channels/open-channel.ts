import { type AlertChannelRow, channelConfig, PilabError } from "@pilab/schema";
import { z } from "zod";
import type { EnvironmentSource } from "../env.ts";
import type { Channel } from "./channel.ts";
import { emailChannel } from "./email-channel.ts";
import { ntfyChannel } from "./ntfy-channel.ts";
import { slackChannel } from "./slack-channel.ts";
import { webhookChannel } from "./webhook-channel.ts";

/** A channel with its secret from the worker's environment; throws `invalid_environment` when that lacks it. */
export function openChannel(row: AlertChannelRow, source: EnvironmentSource): Channel {
  const { data: channel, error } = channelConfig.safeParse(row);
  if (error)
    throw new PilabError("invalid_input", `The channel ${row.name} is not set up: ${z.prettifyError(error)}`);
  switch (channel.kind) {
    case "webhook":
      return webhookChannel(channel.config.url, secretOf(source, channel.secret_env));
    case "ntfy":
      return ntfyChannel(
        channel.config.url,
        channel.secret_env === null ? undefined : secretOf(source, channel.secret_env),
      );
    case "slack":
      return slackChannel(secretOf(source, channel.secret_env));
    case "email":
      return emailChannel(channel.config, secretOf(source, channel.secret_env));
  }
}

function secretOf(source: EnvironmentSource, name: string): string {
  const secret = source[name];
  if (secret !== undefined && secret !== "") return secret;
  throw new PilabError("invalid_environment", `${name} is not set in the worker's environment`, {
    hint: `Set ${name} where pilab-retention serve gets its environment, and restart it.`,
  });
}
