import axe from "axe-core";
import type { Page } from "playwright-core";

/** What axe finds serious or critical on a page, a line each; none is wanted. */
export async function seriousFaults(page: Page): Promise<string[]> {
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

interface Found {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}
