import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds serious or critical on a page, a line each; none is wanted. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await settled(page);
  // By the debugger and not as a script of the page, which its policy would refuse.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(root: Document, options: object): Promise<Found> };
    };
    return await axe.run(document, { resultTypes: ["violations"] });
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} – ${failureSummary}`),
    );
}

/** Resolves when nothing fades in or out any more: half faded, no text has contrast enough. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const isMoving = () =>
      document
        .getAnimations()
        .some(
          ({ playState, effect }) => playState === "running" && effect?.getTiming().iterations !== Infinity,
        );
    // A transition may begin a frame after what asked for it.
    for (let still = 0; still < 5; still = isMoving() ? 0 : still + 1) await frame();
  });
}

interface Found {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}
