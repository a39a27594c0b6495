/** What a client that went away gets. Nobody reads it. */
export const clientGone = (): Response => new Response(null, { status: 400 });

/**
 * The request with its body read to the end; null where the client went away in the middle of it. lite reads bodies whole
 * as well, and writes a stack trace to the console then, as if that were a fault.
 */
export async function readWhole(request: Request): Promise<Request | null> {
  const { url, method, headers } = request;
  if (request.body === null) return request;
  const body = await request.arrayBuffer().catch(() => null);
  return body === null ? null : new Request(url, { method, headers, body });
}
