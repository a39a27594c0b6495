-- What no writer of captures may do, whichever door it comes through: a hold wins over a removal, a purge has no way back,
-- and a row says purged only when nothing of it is stored any more.

create function pilab.guard_capture_life() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if old.deleted_at is null and new.deleted_at is not null and old.pinned_at is not null and new.pinned_at is not null then
    raise exception 'Capture % is pinned', old.id using errcode = '23514', hint = 'Unpin it first.';
  end if;
  if old.purging_at is not null and new.purging_at is null or old.purged_at is not null and new.purged_at is null then
    raise exception 'Capture % is %: there is no way back', old.id, case when old.purged_at is null then 'purging' else 'purged' end
      using errcode = '23514';
  end if;
  -- For who comes through the API; a repair of the catalogue by its owner knows what it does.
  if old.purged_at is null and new.purged_at is not null
    and pg_catalog.current_setting('role', true) = 'service_role' and pilab.is_stored(new) then
    raise exception 'The object of capture % is still stored', old.id using errcode = '23514',
      hint = 'Remove the object and its thumbnail by the Storage API first.';
  end if;
  return new;
end $$;
comment on function pilab.guard_capture_life() is 'Refuses to trash what is pinned, to undo a purge, and to call purged what is still stored';

create function pilab.is_stored(c public.captures) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from storage.objects o
    where (o.bucket_id, o.name) in ((c.bucket_id, c.object_path), (c.bucket_id || '-thumbs', c.object_path || '.webp'))
  )
$$;
comment on function pilab.is_stored(public.captures) is 'Whether the capture''s object or its thumbnail, recorded or not, is in storage.objects';

revoke all on function pilab.guard_capture_life(), pilab.is_stored(public.captures) from public, anon, authenticated, service_role;

create trigger captures_guard_life before update on public.captures
  for each row when (
    old.deleted_at is distinct from new.deleted_at or old.purging_at is distinct from new.purging_at
    or old.purged_at is distinct from new.purged_at
  )
  execute function pilab.guard_capture_life();
