const AGAIN_MS = 5000;
/** A server that has not even the files of its own pages must not have them turn in a circle. */
const RELOAD_AGAIN_MS = 10 * 60_000;
const RELOADED_AT = "pilab-reloaded-at";
/** Of a build's file, in the words of whoever failed to load it. */
const FILE = /static\/chunks\/[\w.~%-]+\.(?:js|css)/;

/**
 * Loads a script that a page needs later: `lazy(() => later(() => import("./that.tsx")))`. While the dashboard is away it is
 * asked for again; a script that is given up would take the whole page with it. One that an update of the dashboard took
 * away never comes: then the page is loaded anew, which brings the update's.
 */
export async function later<Module>(load: () => Promise<Module>): Promise<Module> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if ((await isGone(error)) && mayReload()) {
        location.reload();
        return await new Promise(() => {});
      }
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** Whether the server is there, and has the file no more. */
async function isGone(error: unknown): Promise<boolean> {
  const [file] = FILE.exec(String(error)) ?? [];
  if (file === undefined) return false;
  const answer = await fetch(`/_next/${file}`, { method: "HEAD", cache: "no-store" }).catch(() => undefined);
  return answer?.status === 404;
}

function mayReload(): boolean {
  const now = Date.now();
  if (now - Number(sessionStorage.getItem(RELOADED_AT)) < RELOAD_AGAIN_MS) return false;
  sessionStorage.setItem(RELOADED_AT, String(now));
  return true;
}
