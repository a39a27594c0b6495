import { PilabError } from "@pilab/schema";
import type { Channel } from "./channel.ts";
import { messageLines } from "./message-lines.ts";
import { postJson } from "./post-json.ts";

const ICONS = { info: ":information_source:", warning: ":warning:", critical: ":rotating_light:" } as const;

/** Posts to an incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord's /slack. */
export function slackChannel(url: string): Channel {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new PilabError(
      "invalid_environment",
      "The secret of a Slack channel is not the URL of an incoming webhook",
      {
        hint: "It looks like https://hooks.slack.com/services/…",
      },
    );
  }
  return {
    async send({ message }, signal) {
      const { title, severity, status } = message;
      const icon = status === "firing" ? ICONS[severity] : ":white_check_mark:";
      const lines = messageLines(message).map((line) => `• ${escaped(line)}`);
      await postJson({
        url,
        body: JSON.stringify({ text: [`${icon} *${escaped(title)}*`, ...lines].join("\n") }),
        signal,
      });
    },
  };
}

/** What Slack takes for links and mentions: nobody is to be called by a device's name. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("*", "∗");
}
