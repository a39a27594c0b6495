import { EXPORT_KINDS, type ExportKind } from "../../../../lib/export-kinds.ts";
import { exportFile } from "../../../../server/export/export-file.ts";
import { current } from "../../../../server/session/current.ts";
import { isOwnOrigin } from "../../../../server/session/own-origin.ts";

/** `captures`, `usage`, `uploads` or `audit` as a file, with `?format=csv|json|jsonl` and the filters of their pages. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ kind: string }> },
): Promise<Response> {
  // A large file costs: another site's page shall not make us begin one.
  if (!isOwnOrigin(request.headers, "GET")) return new Response("Cross-site request", { status: 403 });
  const { kind } = await params;
  if (!Object.hasOwn(EXPORT_KINDS, kind)) return new Response("There is no such export", { status: 404 });
  const who = await current();
  if (!who) return new Response("Sign in first", { status: 401 });
  return await exportFile(request, kind as ExportKind, who);
}
