import { deviceSlug } from "@pilab/schema";
import { programEmail } from "@pilab/storage-core";
import { z } from "zod";
import { env } from "../../env.ts";
import { ROLES } from "../../lib/role.ts";
import { withService } from "../service.ts";
import { accountChanged } from "../session/outdated.ts";
import { adminProcedure, router } from "../trpc.ts";

const id = z.object({ id: z.string().max(64) });
const role = z.enum(ROLES);

/** Accounts of people and programs; what Auth keeps, so all of it needs the service key. */
export const peopleRouter = router({
  list: adminProcedure.query(({ ctx, signal }) =>
    withService(ctx.accessToken, "admin", (service) => service.people.list(signal)),
  ),
  /** Answers the password, this once. */
  invite: adminProcedure
    .input(z.object({ email: z.email({ error: "an e-mail address" }).max(255), role }))
    .mutation(({ ctx, input }) =>
      withService(ctx.accessToken, "admin", (service) => service.people.create(input)),
    ),
  /** An account for a program, which may look and nothing else; answers what its environment needs, this once. */
  addProgram: adminProcedure.input(z.object({ name: deviceSlug })).mutation(({ ctx, input }) =>
    withService(ctx.accessToken, "admin", async (service) => {
      const made = await service.people.create({ email: programEmail(input.name), role: "viewer" });
      return { ...made, project: project() };
    }),
  ),
  setRole: adminProcedure.input(id.extend({ role })).mutation(({ ctx, input }) =>
    withService(ctx.accessToken, "admin", async (service) => {
      const person = await service.people.setRole(input.id, input.role);
      accountChanged(input.id, service.clockOffsetMs());
      return person;
    }),
  ),
  /** Answers the new password, this once. */
  setPassword: adminProcedure.input(id).mutation(({ ctx, input }) =>
    withService(ctx.accessToken, "admin", async (service) => {
      const made = await service.people.setPassword(input.id);
      accountChanged(input.id, service.clockOffsetMs());
      return { ...made, project: project() };
    }),
  ),
  remove: adminProcedure.input(id).mutation(({ ctx, input }) =>
    withService(ctx.accessToken, "admin", async (service) => {
      await service.people.remove(input.id);
      accountChanged(input.id, service.clockOffsetMs());
    }),
  ),
});

/** How a program reaches the lab; the key is the public one. */
function project() {
  const { supabase, storage } = env();
  return { url: supabase.url, anonKey: supabase.anonKey, bucket: storage.bucket };
}
