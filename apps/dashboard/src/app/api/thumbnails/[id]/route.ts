import { picture } from "../../../../server/picture.ts";

export const dynamic = "force-dynamic";

/** The capture's thumbnail, or the capture where it has none. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return await picture(request, (await params).id, true);
}
