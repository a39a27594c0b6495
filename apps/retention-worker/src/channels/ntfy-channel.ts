import { PilabError } from "@pilab/schema";
import type { Channel } from "./channel.ts";
import { messageLines } from "./message-lines.ts";
import { postJson } from "./post-json.ts";

const PRIORITIES = { info: 3, warning: 4, critical: 5 } as const;
const TAGS = { info: "information_source", warning: "warning", critical: "rotating_light" } as const;

/** Publishes to a topic of ntfy.sh, or of a server of one's own. As JSON: its headers take no letters beyond ASCII. */
export function ntfyChannel(topicUrl: string, token: string | undefined): Channel {
  const url = new URL(topicUrl);
  const topic = /([A-Za-z0-9_-]{1,64})\/?$/.exec(url.pathname)?.[1];
  if (topic === undefined)
    throw new PilabError(
      "invalid_input",
      "The URL of an ntfy channel ends with its topic, as in https://ntfy.sh/my-lab",
    );
  const root = new URL(url.pathname.replace(/[^/]+\/?$/, ""), url).href;
  return {
    async send({ message }, signal) {
      const { title, severity, status } = message;
      const body = JSON.stringify({
        topic,
        title: `PiLab: ${status === "firing" ? severity : status}`,
        message: [title, ...messageLines(message)].join("\n"),
        priority: status === "firing" ? PRIORITIES[severity] : 3,
        tags: [status === "firing" ? TAGS[severity] : "white_check_mark"],
      });
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      await postJson({ url: root, body, headers, signal });
    },
  };
}
