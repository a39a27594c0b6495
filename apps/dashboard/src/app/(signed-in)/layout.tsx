import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { IdentityProvider } from "../../components/identity.tsx";
import { NoRole } from "../../components/no-role.tsx";
import { Shell } from "../../components/shell.tsx";
import { ZoneProvider } from "../../components/time.tsx";
import { WorkerKnown } from "../../components/worker-notice.tsx";
import { env } from "../../env.ts";
import { Hydrate } from "../../lib/hydrate.tsx";
import { LiveProvider } from "../../lib/live.tsx";
import { ServerClock } from "../../lib/server-clock.tsx";
import { asUser } from "../../server/clients.ts";
import { once } from "../../server/once.ts";
import { prefetchInTime, trpc } from "../../server/prefetch.tsx";
import { current } from "../../server/session/current.ts";

/** The frame of every page but the door: it lets in who is signed in and has a role. */
export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const who = await current();
  if (!who) {
    const path = (await headers()).get("x-path") ?? "/";
    redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`);
  }
  const { identity, session } = who;
  if (identity.role === null) return <NoRole email={identity.email} />;
  const [labZone, jar, frame] = await Promise.all([
    zoneOfLab(session.accessToken),
    cookies(),
    // Whether the worker runs is said above all else, and should not push the page down when it comes.
    prefetchInTime(trpc.worker.status.queryOptions(), FRAME_WAITS_MS),
  ]);
  return (
    <ServerClock nowMs={Date.now()}>
      <ZoneProvider labZone={labZone} initial={jar.get("pilab_zone")?.value === "viewer" ? "viewer" : "lab"}>
        <LiveProvider>
          <IdentityProvider identity={identity}>
            <Hydrate state={frame}>
              <WorkerKnown value={frame.queries.length > 0}>
                <Shell>{children}</Shell>
              </WorkerKnown>
            </Hydrate>
          </IdentityProvider>
        </LiveProvider>
      </ZoneProvider>
    </ServerClock>
  );
}

const FRAME_WAITS_MS = 200;
const ZONE_HOLDS_MS = 60_000;

/** Kept for a minute, so that the frame of a page does not wait; the last one known while Supabase is away. */
async function zoneOfLab(accessToken: string): Promise<string> {
  const known = once("zone of the lab", () => ({ zone: "UTC", readMs: Number.NEGATIVE_INFINITY }));
  if (performance.now() - known.readMs < ZONE_HOLDS_MS) return known.zone;
  const buckets = await asUser(accessToken, (pilab) => pilab.retention.buckets()).catch(() => undefined);
  if (buckets === undefined) return known.zone;
  known.zone = buckets.find(({ bucket_id }) => bucket_id === env().storage.bucket)?.time_zone ?? "UTC";
  known.readMs = performance.now();
  return known.zone;
}
