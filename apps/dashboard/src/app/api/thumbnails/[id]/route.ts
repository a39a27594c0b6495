import { picture } from "../../../../server/picture.ts";
import { current } from "../../../../server/session/current.ts";

export const dynamic = "force-dynamic";

/** The capture's thumbnail; where it has none, the capture if it is a picture that a page shows, else a drawing of its kind. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return await picture(request, { id: (await params).id, thumbnail: true }, await current());
}
