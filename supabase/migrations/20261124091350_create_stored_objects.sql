-- What the Storage service holds under many paths at once: the SDK verifies a batch of uploads by it, where info() would be
-- one request an object. Runs with the caller's own rights on storage.objects, so it tells no more than info() would.

create function public.stored_objects(bucket_id text, object_paths text[])
returns table (object_path text, size_bytes bigint, etag text)
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
begin
  if cardinality(object_paths) > 500 then
    raise exception 'stored_objects takes at most 500 paths a call; got %', cardinality(object_paths) using errcode = '22023';
  end if;
  return query
    select o.name, (o.metadata ->> 'size')::bigint, trim(both '"' from o.metadata ->> 'eTag')
    from storage.objects o
    where o.bucket_id = stored_objects.bucket_id and o.name = any (stored_objects.object_paths);
end $$;
comment on function public.stored_objects(text, text[]) is
  'Size and eTag of each object among these paths that exists and that the caller may read';

revoke all on function public.stored_objects(text, text[]) from public, anon, authenticated, service_role;
grant execute on function public.stored_objects(text, text[]) to authenticated, service_role;
