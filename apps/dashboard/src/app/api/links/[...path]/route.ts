import { linkedPicture } from "../../../../server/linked-picture.ts";

export const dynamic = "force-dynamic";

/** A capture by a link that Supabase signed, `?token=`, for who has no account. */
export { linkedPicture as GET, linkedPicture as HEAD };
