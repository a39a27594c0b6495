-- An HTTP client folds `pi-2/../pi-1/x.jpg` into `pi-1/x.jpg` before it asks: a device that stored such a name in its own
-- folder would have a capture whose link shows another device's picture.
-- On hosted Supabase `create policy` locks the tables of auth and storage until commit: nothing else is in this file.

create policy pilab_objects_insert_plain_names on storage.objects as restrictive for insert to authenticated
  with check (
    bucket_id <> all ((select pilab.object_buckets())::text[])
    or name !~ '(^|/)[.]{1,2}(/|$)'
  );
