-- Who reaches which objects. A device adds to and reads its own folder; nobody but the Storage API under the service key
-- changes or removes an object, so a stolen card destroys nothing. No policy for UPDATE or DELETE is meant.
-- On hosted Supabase each `create policy` locks the tables of auth and storage until commit: nothing else is in this file.

create policy pilab_objects_insert_own on storage.objects for insert to authenticated
  with check (
    bucket_id = any ((select pilab.object_buckets())::text[])
    and (storage.foldername(name))[1] = (select pilab.device_slug())
  );
-- One policy, not three: Postgres tries several in no promised order, and a list must not pay for the last question, which
-- looks into captures, on rows that the first two let through.
create policy pilab_objects_select on storage.objects for select to authenticated
  using (
    bucket_id = any ((select pilab.object_buckets())::text[])
    and (
      (select pilab.role_is('viewer', 'operator', 'admin'))
      or (storage.foldername(name))[1] = (select pilab.device_slug())
      or pilab.is_public_object(bucket_id, name)
    )
  );
create policy pilab_objects_select_public on storage.objects for select to anon
  using (pilab.is_public_object(bucket_id, name));
