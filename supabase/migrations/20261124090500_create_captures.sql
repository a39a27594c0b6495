-- The catalogue: one row a capture, which a purge leaves as a tombstone. Rows come by log_captures; of the API roles only
-- service_role may write here itself. Identical bytes from two devices are two captures: no device learns of another's.

create table public.captures (
  id uuid not null default gen_random_uuid(),
  bucket_id text not null,
  object_path text not null,
  file_name text not null,
  sha256 text not null,
  size_bytes bigint not null,
  content_type text not null,
  device_id uuid not null,
  series text,
  shot_type text,
  captured_at timestamptz not null,
  captured_at_source text not null,
  captured_at_trusted boolean not null default false,
  clock_offset_ms bigint,
  width integer,
  height integer,
  brightness real,
  sharpness real,
  contrast real,
  measures_source text,
  measures_version text,
  exif jsonb not null default '{}',
  metadata jsonb not null default '{}',
  thumbnail_path text,
  thumbnail_bytes bigint,
  storage_object_id uuid,
  is_public boolean not null default false,
  pinned_at timestamptz,
  repeat_count integer not null default 0,
  last_repeated_at timestamptz,
  created_at timestamptz not null default now(),
  deleted_at timestamptz,
  delete_reason text,
  purging_at timestamptz,
  purged_at timestamptz,
  constraint captures_pkey primary key (id),
  -- In this order it also finds every device's copy of the same bytes.
  constraint captures_bucket_id_sha256_device_id_key unique (bucket_id, sha256, device_id),
  constraint captures_bucket_id_object_path_key unique (bucket_id, object_path),
  constraint captures_bucket_id_fkey foreign key (bucket_id) references public.bucket_settings (bucket_id),
  constraint captures_device_id_fkey foreign key (device_id) references public.devices (id),
  constraint captures_object_path_check check (object_path ~ '^[a-z0-9-]{1,63}/.' and length(object_path) <= 900),
  constraint captures_file_name_check check (length(file_name) between 1 and 255),
  constraint captures_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint captures_size_bytes_check check (size_bytes > 0),
  constraint captures_content_type_check check (content_type ~ '^[a-z]+/[a-z0-9.+-]{1,100}$'),
  constraint captures_series_check check (length(series) between 1 and 200),
  constraint captures_shot_type_check check (length(shot_type) between 1 and 200),
  constraint captures_captured_at_check check (captured_at >= '1970-01-01 00:00:00+00' and captured_at < '2200-01-01 00:00:00+00'),
  constraint captures_captured_at_source_check check (captured_at_source in ('caller', 'exif', 'sidecar', 'filename', 'mtime')),
  constraint captures_pixels_check check (width > 0 and height > 0),
  constraint captures_measures_check check (
    brightness between 0 and 1 and sharpness between 0 and 1 and contrast between 0 and 1
  ),
  constraint captures_measures_source_check check (length(measures_source) <= 100 and length(measures_version) <= 100),
  constraint captures_exif_check check (jsonb_typeof(exif) = 'object' and pg_column_size(exif) <= 65536),
  constraint captures_metadata_check check (jsonb_typeof(metadata) = 'object' and pg_column_size(metadata) <= 65536),
  constraint captures_thumbnail_check check (
    (thumbnail_path is null) = (thumbnail_bytes is null) and thumbnail_path = object_path || '.webp' and thumbnail_bytes > 0
  ),
  constraint captures_repeat_count_check check (repeat_count >= 0 and (repeat_count > 0) = (last_repeated_at is not null)),
  constraint captures_life_check check (
    (delete_reason is null or deleted_at is not null)
    and (purging_at is null or deleted_at is not null and pinned_at is null)
    and (purged_at is null or purging_at is not null and exif = '{}' and metadata = '{}')
  )
);

-- Every listing is of live captures of one bucket, newest first, a page after (captured_at, id): all of them …
create index captures_live_idx on public.captures (bucket_id, captured_at desc, id desc) where deleted_at is null;
-- … of one device, which is also what a device's own policy asks …
create index captures_live_device_id_idx on public.captures (device_id, captured_at desc, id desc) where deleted_at is null;
-- … of one series (an experiment's run) …
create index captures_live_series_idx on public.captures (series, captured_at desc, id desc)
  where deleted_at is null and series is not null;
-- … of one shot type …
create index captures_live_shot_type_idx on public.captures (shot_type, captured_at desc, id desc)
  where deleted_at is null and shot_type is not null;
-- … and the published ones, all that anon sees.
create index captures_public_idx on public.captures (captured_at desc, id desc) where is_public and deleted_at is null;

comment on table public.captures is 'Written by log_captures; live → trashed (deleted_at) → purging → purged (a tombstone)';
comment on column public.captures.object_path is 'storage.objects.name, <device slug>/YYYY/MM/DD/…, chosen once at hashing; a later correction of the clock leaves it';
comment on column public.captures.file_name is 'As the camera called it';
comment on column public.captures.sha256 is 'Of the object''s bytes, lower-case hex, as the uploader read them';
comment on column public.captures.content_type is 'As found in the bytes';
comment on column public.captures.series is 'An experiment''s run; NULL: none';
comment on column public.captures.captured_at is 'When the picture was taken, as well as it is known; groups and orders captures, never decides their age';
comment on column public.captures.captured_at_source is 'What captured_at was read from';
comment on column public.captures.captured_at_trusted is 'False: the Pi''s clock was not known, so retention thins it never and removes it last';
comment on column public.captures.clock_offset_ms is 'Server''s clock minus the Pi''s when it was taken in; NULL: not measured';
comment on column public.captures.width is 'Pixels as stored, before EXIF orientation; NULL: not read';
comment on column public.captures.height is 'As width';
comment on column public.captures.brightness is '0–1, mean of the luma of a 512 px copy; NULL: not measured';
comment on column public.captures.sharpness is '0–1 on the same copy; comparable within one measures_source and version';
comment on column public.captures.contrast is '0–1 on the same copy';
comment on column public.captures.measures_source is 'Who measured: pilab, or a sidecar''s word';
comment on column public.captures.exif is 'Camera, exposure, GPS, orientation; emptied by the purge';
comment on column public.captures.metadata is 'The caller''s own; emptied by the purge';
comment on column public.captures.thumbnail_path is 'In bucket <bucket_id>-thumbs, always object_path || ''.webp''; NULL: none';
comment on column public.captures.thumbnail_bytes is 'As the Storage service holds it, so that counters include it';
comment on column public.captures.storage_object_id is 'storage.objects.id when last looked at; another one on the same path means that the object was lost and is back';
comment on column public.captures.is_public is 'Anyone may read the row, exif with its GPS included, and the object';
comment on column public.captures.pinned_at is 'Retention leaves it alone; NULL: not pinned';
comment on column public.captures.repeat_count is 'How often the same bytes came again with a later captured_at: a stuck camera';
comment on column public.captures.last_repeated_at is 'captured_at of the last repeat; NULL: none';
comment on column public.captures.created_at is 'When the server received it; retention''s clock';
comment on column public.captures.deleted_at is 'In the trash since, restorable; NULL: live';
comment on column public.captures.purging_at is 'A purge has claimed it, no way back; NULL: not claimed';
comment on column public.captures.purged_at is 'The object is gone; NULL: it is stored';

create function pilab.is_public_object(bucket_id text, name text) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.captures c
    where c.is_public and c.deleted_at is null and (
      c.bucket_id = is_public_object.bucket_id and c.object_path = is_public_object.name
      -- A thumbnail's capture has its path without .webp, in its bucket without -thumbs.
      or is_public_object.bucket_id like '%-thumbs' and is_public_object.name like '%.webp'
        and c.bucket_id = left(is_public_object.bucket_id, -7) and c.object_path = left(is_public_object.name, -5)
    )
  )
$$;
comment on function pilab.is_public_object(text, text) is 'Whether this object is a published capture or its thumbnail';
revoke all on function pilab.is_public_object(text, text) from public, anon, authenticated, service_role;
grant execute on function pilab.is_public_object(text, text) to anon, authenticated;

alter table public.captures enable row level security;
revoke all on public.captures from public, anon, authenticated, service_role;
grant select on public.captures to anon, authenticated;
grant select, insert on public.captures to service_role;
-- Not the columns that say which bytes of whom these are and when the server received them.
grant update (
  object_path, file_name, content_type, series, shot_type, captured_at, captured_at_source, captured_at_trusted, clock_offset_ms,
  width, height, brightness, sharpness, contrast, measures_source, measures_version, exif, metadata,
  thumbnail_path, thumbnail_bytes, storage_object_id, is_public, pinned_at, repeat_count, last_repeated_at,
  deleted_at, delete_reason, purging_at, purged_at
) on public.captures to service_role;

create policy captures_select_public on public.captures for select to anon, authenticated
  using (is_public and deleted_at is null);
create policy captures_select_for_viewers on public.captures for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy captures_select_own on public.captures for select to authenticated
  using (device_id = (select pilab.device_id()));
