/** The formats that become captures, by what their first bytes say; a file's name is never asked. */
export const FORMATS = {
  jpeg: { contentType: "image/jpeg", extension: "jpg" },
  png: { contentType: "image/png", extension: "png" },
  webp: { contentType: "image/webp", extension: "webp" },
  dng: { contentType: "image/x-adobe-dng", extension: "dng" },
  mp4: { contentType: "video/mp4", extension: "mp4" },
} as const;

/** A key of {@link FORMATS}. */
export type Format = keyof typeof FORMATS;

/** How many leading bytes {@link detectFormat} looks at. */
export const HEAD_BYTES = 64;

// ISO base media files are also HEIC, AVIF, Canon raw and QuickTime: the brands that a video player takes as MP4.
const MP4_BRAND =
  /^(isom|iso[2-9]|mp4[12v]|avc[13]|hvc1|hev1|M4V[ HP]?|MSNV|dash|3g[p2].|f4v |XAVC|cmf[cs2])/;

/** What else is found where pictures are looked for: where its mark stands, the mark, its name. */
const OTHERS: readonly (readonly [number, string, string])[] = [
  [0, "GIF8", "a GIF"],
  [0, "BM", "a BMP"],
  [0, "%PDF-", "a PDF"],
  [0, "PK\x03\x04", "a ZIP archive"],
  [0, "\x1f\x8b", "a gzip archive"],
  [4, "JXL ", "a JPEG XL"],
  [8, "AVI ", "an AVI"],
  [0, "\x1aE\xdf\xa3", "a Matroska or WebM video"],
  [0, "\0\0\0\x01", "a raw H.264 or H.265 stream: wrap it as MP4 first"],
];

/** The format, or in words what was found instead. */
export function detectFormat(head: Buffer): { format: Format } | { found: string } {
  const text = head.toString("latin1");
  if (text.startsWith("\xff\xd8\xff")) return { format: "jpeg" };
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return { format: "png" };
  if (/^RIFF.{4}WEBP/s.test(text)) return { format: "webp" };
  // Whether a TIFF is a DNG only its tags say.
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return { format: "dng" };
  if (text.slice(4, 8) === "ftyp") return detectBrand(head);
  return { found: OTHERS.find(([at, mark]) => text.startsWith(mark, at))?.[2] ?? describe(head) };
}

function detectBrand(head: Buffer): { format: Format } | { found: string } {
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(head.toString("latin1", at, at + 4));
  const major = brands[0] ?? "";
  // The major brand of a still picture decides: a HEIC may list mp4 brands as compatible.
  if (/^(heic|heix|hevc|heim|heis|mif1|msf1|avif|avis|crx |qt {2})/.test(major)) {
    return { found: major === "qt  " ? "a QuickTime MOV" : `an ISO media file of brand "${major.trim()}"` };
  }
  if (brands.some((brand) => MP4_BRAND.test(brand))) return { format: "mp4" };
  return { found: `an ISO media file of brand "${major.replace(/[^\x20-\x7e]/g, "?").trim()}"` };
}

function describe(head: Buffer): string {
  if (head.every((byte) => byte === 0)) return "zero bytes, as a card leaves them when power fails";
  if (/^[\t\n\r\x20-\x7e]+$/.test(head.toString("latin1"))) return "text";
  return `bytes that begin with ${head.subarray(0, 4).toString("hex")}`;
}
