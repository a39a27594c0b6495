-- What the server has of these bytes, asked by a device before it uploads and again before it frees a local copy. The answer
-- comes from the row and from storage.objects: a row alone proves nothing about the object.

create function public.known_captures(bucket_id text, hashes text[], for_device_id uuid default null)
returns table (sha256 text, state text, id uuid, object_path text, size_bytes bigint)
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  device constant public.devices := pilab.calling_device(for_device_id);
begin
  if cardinality(hashes) > 500 then
    raise exception 'known_captures takes at most 500 hashes a call; got %', cardinality(hashes) using errcode = '22023';
  end if;
  return query
    select asked.sha256,
      case
        when c.id is null then 'unknown'
        when c.purging_at is not null then 'purged'
        when c.deleted_at is not null then 'trashed'
        when (o.metadata ->> 'size')::bigint = c.size_bytes then 'stored'
        else 'missing'
      end,
      c.id, c.object_path, c.size_bytes
    from (select distinct unnest(hashes)) as asked (sha256)
    left join public.captures c
      on c.bucket_id = known_captures.bucket_id and c.device_id = device.id and c.sha256 = asked.sha256
    left join storage.objects o on o.bucket_id = c.bucket_id and o.name = c.object_path
    where asked.sha256 is not null;
end $$;
comment on function public.known_captures(text, text[], uuid) is
  'One row a distinct hash, for the caller''s own device: stored (row and whole object), missing (row without it), trashed, purged or unknown. At most 500';
revoke all on function public.known_captures(text, text[], uuid) from public, anon, authenticated, service_role;
grant execute on function public.known_captures(text, text[], uuid) to authenticated, service_role;
