-- Changes that are audited whoever makes them: by trigger, so that no function and no holder of the service key can forget.
-- Arrivals through log_captures are its own to tell, one row a call.

create function pilab.audit_row_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  old_row constant jsonb := coalesce(to_jsonb(old), '{}');
  new_row constant jsonb := coalesce(to_jsonb(new), '{}');
  kind constant text := tg_argv[0];
  object_id constant text := (old_row || new_row) ->> tg_argv[1];
begin
  perform pilab.write_audit(
    kind || case tg_op when 'INSERT' then '.created' when 'DELETE' then '.deleted' else '.changed' end,
    kind, object_id, case when kind = 'device' then object_id::uuid end,
    jsonb_build_object(
      'from', (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(old_row) where new_row -> key is distinct from value),
      'to', (select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(new_row) where old_row -> key is distinct from value)
    )
  );
  return null;
end $$;
comment on function pilab.audit_row_change() is 'One audit row a row; arguments: the object''s kind and the column of its key';

create trigger devices_audit after insert or update or delete on public.devices
  for each row execute function pilab.audit_row_change('device', 'id');
create trigger bucket_settings_audit after insert or update or delete on public.bucket_settings
  for each row execute function pilab.audit_row_change('bucket_settings', 'bucket_id');

create function pilab.audit_capture_changes() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  -- log_captures tells of these itself; the counters that it raises are no change of the capture.
  of_arrivals constant text[] := array[
    'object_path', 'thumbnail_path', 'thumbnail_bytes', 'storage_object_id', 'repeat_count', 'last_repeated_at'
  ];
begin
  perform pilab.write_audit(
    case
      when o.purged_at is null and n.purged_at is not null then 'capture.purged'
      when o.purging_at is null and n.purging_at is not null then 'capture.purging'
      when o.deleted_at is null and n.deleted_at is not null then 'capture.soft_deleted'
      when o.deleted_at is not null and n.deleted_at is null then 'capture.restored'
      when o.pinned_at is null and n.pinned_at is not null then 'capture.pinned'
      when o.pinned_at is not null and n.pinned_at is null then 'capture.unpinned'
      when not o.is_public and n.is_public then 'capture.published'
      when o.is_public and not n.is_public then 'capture.unpublished'
      else 'capture.changed'
    end,
    'capture', n.id::text, n.device_id,
    -- The purge empties exif and metadata; a copy of them here would outlive it.
    (select jsonb_object_agg(key, case when key in ('exif', 'metadata') then to_jsonb('changed'::text) else value end)
     from jsonb_each(to_jsonb(n) - of_arrivals) where to_jsonb(o) -> key is distinct from value)
  )
  from before o join after n using (id)
  where to_jsonb(o) - of_arrivals <> to_jsonb(n) - of_arrivals;
  return null;
end $$;
comment on function pilab.audit_capture_changes() is 'One audit row a changed capture';

create trigger captures_audit_update after update on public.captures
  referencing old table as before new table as after for each statement execute function pilab.audit_capture_changes();

create function pilab.audit_capture_inserts() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform pilab.write_audit('captures.inserted', 'captures', null, a.device_id, jsonb_build_object('created', jsonb_agg(a.id)))
  from after a group by a.device_id;
  return null;
end $$;
comment on function pilab.audit_capture_inserts() is 'One audit row a device for captures that the service key inserted itself';

-- In log_captures, a definer, current_user is the owner: what it inserts is in its own audit row.
create trigger captures_audit_insert after insert on public.captures
  referencing new table as after for each statement when (current_user = 'service_role')
  execute function pilab.audit_capture_inserts();

revoke all on function pilab.audit_row_change(), pilab.audit_capture_changes(), pilab.audit_capture_inserts()
  from public, anon, authenticated, service_role;
