import type { ChannelKind } from "@pilab/schema";

/** What each kind of channel is called. */
export const KIND_LABELS: Record<ChannelKind, string> = {
  webhook: "Webhook",
  ntfy: "ntfy",
  slack: "Slack, Mattermost",
  email: "E-mail",
};

/** What the worker needs to be told by a variable of its environment. */
export const SECRET_WORDS: Record<ChannelKind, string> = {
  webhook: "It holds the key that signs the messages, whsec_… as Standard Webhooks have it.",
  ntfy: "It holds an access token, where the topic asks for one; else leave it empty.",
  slack: "It holds the incoming webhook's URL, which is a secret by itself.",
  email: "It holds the mail server: smtps://user:password@host:465.",
};
