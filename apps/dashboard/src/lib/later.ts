const AGAIN_MS = 5000;

/**
 * Loads a script that a page needs later: `lazy(() => later(() => import("./that.tsx")))`. While the dashboard is away it is
 * asked for again; a script that is given up would take the whole page with it.
 */
export async function later<Module>(load: () => Promise<Module>): Promise<Module> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
