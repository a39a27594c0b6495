import { createHash } from "node:crypto";

const MIB = 1024 * 1024;

// What S3 clients and Supabase's own server cut uploads into; 5 MiB is the smallest that S3 allows.
const KNOWN_PART_SIZES = [5 * MIB, 6 * MIB, 8 * MIB, 10 * MIB, 15 * MIB, 16 * MIB, 50 * MIB];

/** How it was shown that the server holds our bytes: design §4. */
export type VerifiedBy = "etag" | "etag-parts" | "download" | "size";

/** What the server says it holds under a path. */
export interface HeldObject {
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string | null;
}

/** What {@link decideVerification} compares with. */
export interface OwnBytes {
  readonly sizeBytes: number;
  readonly md5: string;
}

/** `parts`: the eTag may be an MD5 of part MD5s under one of these part sizes. `unproven`: only a download can tell. */
export type VerifyDecision =
  | { readonly kind: "size_differs" }
  | { readonly kind: "proven"; readonly by: "etag" }
  | { readonly kind: "parts"; readonly partSizes: readonly number[] }
  | { readonly kind: "unproven" };

/**
 * Size first, then the eTag. A plain eTag that is not our MD5 proves nothing either way (an encrypted S3 bucket
 * gives 32 hex digits that are no MD5), so it is never taken as a difference: the download decides.
 */
export function decideVerification(own: OwnBytes, held: HeldObject): VerifyDecision {
  if (own.sizeBytes !== held.sizeBytes) return { kind: "size_differs" };
  const etag = held.etag?.toLowerCase() ?? "";
  if (etag === own.md5) return { kind: "proven", by: "etag" };
  const parts = Number(/^[0-9a-f]{32}-([1-9]\d{0,4})$/.exec(etag)?.[1]);
  if (parts === 1) return { kind: "parts", partSizes: [own.sizeBytes] };
  const partSizes = KNOWN_PART_SIZES.filter((size) => Math.ceil(own.sizeBytes / size) === parts);
  return partSizes.length > 0 ? { kind: "parts", partSizes } : { kind: "unproven" };
}

/** S3's eTag of a multipart upload: the MD5 of the parts' binary MD5s, then `-` and their number. */
export async function partsEtag(
  sizeBytes: number,
  partSize: number,
  read: (start: number, end: number) => Promise<Uint8Array>,
): Promise<string> {
  const whole = createHash("md5");
  let parts = 0;
  for (let start = 0; start < sizeBytes; start += partSize) {
    const part = createHash("md5");
    const end = Math.min(start + partSize, sizeBytes);
    for (let at = start; at < end; at += MIB) part.update(await read(at, Math.min(at + MIB, end)));
    whole.update(part.digest());
    parts += 1;
  }
  return `${whole.digest("hex")}-${parts}`;
}
