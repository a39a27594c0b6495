import { render } from "ink";
import { createElement } from "react";
import { App, type AppProps } from "./app.ts";
import type { Watch } from "./watch.ts";

/** Takes the terminal until somebody quits or a signal comes, and gives it back as it was. */
export async function showLive(watch: Watch, options: Omit<AppProps, "watch">): Promise<void> {
  const stop = new AbortController();
  const screen = render(createElement(App, { watch, ...options }), {
    alternateScreen: true,
    // It is a terminal, whatever CI says.
    interactive: true,
  });
  const onSignal = () => screen.unmount();
  process.on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  const watching = watch.run(stop.signal);
  try {
    await screen.waitUntilExit();
  } finally {
    stop.abort();
    process.off("SIGTERM", onSignal).off("SIGHUP", onSignal);
    await watching;
  }
}
