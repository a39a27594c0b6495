import type { Metadata } from "next";
import { mayAct } from "../../../lib/role.ts";
import { Hydrated, prefetch, trpc } from "../../../server/prefetch.tsx";
import { hasServiceKey } from "../../../server/service.ts";
import { current } from "../../../server/session/current.ts";
import { AdminsOnly } from "./admins-only.tsx";
import { People } from "./people.tsx";

export const metadata: Metadata = { title: "People" };

/** Who may sign in, and as what. */
export default async function PeoplePage() {
  if (!mayAct((await current())?.identity.role ?? null, "admin")) return <AdminsOnly />;
  await prefetch(trpc.me.get.queryOptions());
  if (hasServiceKey()) await prefetch(trpc.people.list.queryOptions());
  return (
    <Hydrated>
      <People />
    </Hydrated>
  );
}
