-- Live pages listen to these. The publication is Supabase's; a plain Postgres may have none.

do $$ begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.capture_batches, public.device_status;
  end if;
end $$;
