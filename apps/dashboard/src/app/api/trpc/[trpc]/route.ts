import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { appRouter } from "../../../../server/root.ts";
import { isOwnOrigin } from "../../../../server/session/own-origin.ts";
import { createContext } from "../../../../server/trpc.ts";

export const dynamic = "force-dynamic";

async function handle(request: Request): Promise<Response> {
  if (!isOwnOrigin(request.headers, request.method))
    return new Response("Cross-site request", { status: 403 });
  return await fetchRequestHandler({ endpoint: "/api/trpc", req: request, router: appRouter, createContext });
}

export { handle as GET, handle as POST };
