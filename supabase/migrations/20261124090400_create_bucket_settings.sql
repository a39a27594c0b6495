-- Which buckets are PiLab's, and their limits. For each row `x` the bucket `x-thumbs` holds the thumbnails, under the same
-- device rules. The size limit is MAX_FILE_SIZE's default; raise both together.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
  ('pilab-dev', 'pilab-dev', false, 26214400,
    array['image/jpeg', 'image/png', 'image/webp', 'image/x-adobe-dng', 'video/mp4']),
  ('pilab-dev-thumbs', 'pilab-dev-thumbs', false, 65536, array['image/webp'])
on conflict (id) do nothing;

create table public.bucket_settings (
  bucket_id text not null,
  quota_bytes bigint,
  brake_share real not null default 0.1,
  time_zone text not null default 'UTC',
  constraint bucket_settings_pkey primary key (bucket_id),
  constraint bucket_settings_bucket_id_check check (length(bucket_id) between 1 and 93 and bucket_id !~ '-thumbs$'),
  constraint bucket_settings_quota_bytes_check check (quota_bytes > 0),
  constraint bucket_settings_brake_share_check check (brake_share > 0 and brake_share <= 1),
  constraint bucket_settings_time_zone_check check (pilab.is_time_zone(time_zone))
);

comment on table public.bucket_settings is 'One row makes a bucket one of PiLab''s; written by admins and the service key';
comment on column public.bucket_settings.bucket_id is 'storage.buckets.id; no foreign key, the Storage service owns that table';
comment on column public.bucket_settings.quota_bytes is 'Usage is shown and alerts are raised against it, nothing is refused; NULL: no quota';
comment on column public.bucket_settings.brake_share is 'Share of the bucket that one retention run may remove unless told to';
comment on column public.bucket_settings.time_zone is 'IANA zone of the lab: what a day is when captures are grouped';

insert into public.bucket_settings (bucket_id) values ('pilab-dev');

create function pilab.object_buckets() returns text[]
language sql stable security definer set search_path = ''
as $$ select array_agg(b.bucket_id) || array_agg(b.bucket_id || '-thumbs') from public.bucket_settings b $$;
comment on function pilab.object_buckets() is 'The buckets of captures and of their thumbnails, for the policies of storage.objects';
revoke all on function pilab.object_buckets() from public, anon, authenticated, service_role;
grant execute on function pilab.object_buckets() to authenticated;

alter table public.bucket_settings enable row level security;
revoke all on public.bucket_settings from public, anon, authenticated, service_role;
grant select, insert, update on public.bucket_settings to authenticated;
grant select, insert, update, delete on public.bucket_settings to service_role;

create policy bucket_settings_select_for_viewers on public.bucket_settings for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy bucket_settings_insert_for_admins on public.bucket_settings for insert to authenticated
  with check ((select pilab.role_is('admin')));
create policy bucket_settings_update_for_admins on public.bucket_settings for update to authenticated
  using ((select pilab.role_is('admin'))) with check ((select pilab.role_is('admin')));
