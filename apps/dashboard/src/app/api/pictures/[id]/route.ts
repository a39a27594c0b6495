import { picture } from "../../../../server/picture.ts";

export const dynamic = "force-dynamic";

/** The capture itself; `?download=1` saves it under its file name. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  return await picture(request, (await params).id, false);
}
