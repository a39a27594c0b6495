import { picture } from "../../../../server/picture.ts";
import { current } from "../../../../server/session/current.ts";

export const dynamic = "force-dynamic";

/** The capture itself; `?download=1` saves it under its file name. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return await picture(request, { id: (await params).id, thumbnail: false }, await current());
}
