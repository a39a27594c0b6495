import type { PilabContext } from "../context.ts";
import { answerError } from "../supabase-error.ts";
import { resolveDevice } from "./resolve-device.ts";

/**
 * Shows that the device may upload, and leaves nothing: it asks for a signed upload URL in the device's folder, for
 * which the server checks the same policies as for an upload, and never uses it.
 *
 * @throws PilabError `forbidden`, `bucket_missing`, … as an upload would
 */
export async function checkMayWrite(
  ctx: PilabContext,
  { device, signal }: { device?: string | undefined; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { slug } = await resolveDevice(ctx, device, signal);
  const path = `${slug}/never/uploaded-${Date.now()}.jpg`;
  await ctx.call(
    { what: `asking for the right to write into ${ctx.bucket}/${slug}` },
    async (attempt) => {
      const answer = await ctx.transport.send({
        method: "POST",
        path: `/storage/v1/object/upload/sign/${encodeURIComponent(ctx.bucket)}/${path}`,
        headers: { ...(await ctx.authHeaders(attempt.signal)), "content-type": "application/json" },
        body: Buffer.from("{}"),
        signal: attempt.signal,
      });
      if (answer.status >= 400) throw answerError(answer);
    },
    { signal },
  );
}
