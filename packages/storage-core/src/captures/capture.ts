/** One row of the catalogue, in the names of table `captures`, where each column is documented. */
export interface Capture {
  id: string;
  bucket_id: string;
  object_path: string;
  file_name: string;
  sha256: string;
  size_bytes: number;
  content_type: string;
  device_id: string;
  series: string | null;
  shot_type: string | null;
  captured_at: string;
  captured_at_source: "caller" | "exif" | "sidecar" | "filename" | "mtime";
  captured_at_trusted: boolean;
  clock_offset_ms: number | null;
  width: number | null;
  height: number | null;
  brightness: number | null;
  sharpness: number | null;
  contrast: number | null;
  measures_source: string | null;
  measures_version: string | null;
  exif: Record<string, unknown>;
  metadata: Record<string, unknown>;
  thumbnail_path: string | null;
  is_public: boolean;
  pinned_at: string | null;
  repeat_count: number;
  last_repeated_at: string | null;
  created_at: string;
  deleted_at: string | null;
  delete_reason: string | null;
  purging_at: string | null;
  purged_at: string | null;
}
