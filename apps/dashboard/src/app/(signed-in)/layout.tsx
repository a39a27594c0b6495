import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { IdentityProvider } from "../../components/identity.tsx";
import { NoRole } from "../../components/no-role.tsx";
import { Shell } from "../../components/shell.tsx";
import { ZoneProvider } from "../../components/time.tsx";
import { env } from "../../env.ts";
import { LiveProvider } from "../../lib/live.tsx";
import { asUser } from "../../server/clients.ts";
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
  const [labZone, jar] = await Promise.all([zoneOfLab(session.accessToken), cookies()]);
  return (
    <ZoneProvider labZone={labZone} initial={jar.get("pilab_zone")?.value === "viewer" ? "viewer" : "lab"}>
      <LiveProvider>
        <IdentityProvider identity={identity}>
          <Shell>{children}</Shell>
        </IdentityProvider>
      </LiveProvider>
    </ZoneProvider>
  );
}

/** A page is shown also when Supabase is away: it says so itself, and better. */
async function zoneOfLab(accessToken: string): Promise<string> {
  const buckets = await asUser(accessToken, (pilab) => pilab.retention.buckets()).catch(() => []);
  return buckets.find(({ bucket_id }) => bucket_id === env().storage.bucket)?.time_zone ?? "UTC";
}
