-- How uploads went, per device and hour of the server's clock. An agent reports totals that only grow, numbered by its
-- journal; the server adds the difference, so that a report sent twice, or late, changes nothing.

create table public.upload_stats_hourly (
  device_id uuid not null,
  hour timestamptz not null,
  ok bigint not null default 0,
  failed bigint not null default 0,
  duplicate bigint not null default 0,
  bytes bigint not null default 0,
  constraint upload_stats_hourly_pkey primary key (device_id, hour),
  constraint upload_stats_hourly_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade
);

-- Charts of all devices over the last hours.
create index upload_stats_hourly_hour_idx on public.upload_stats_hourly (hour);

comment on table public.upload_stats_hourly is 'Written by report_uploads only';
comment on column public.upload_stats_hourly.hour is 'Start of the server''s hour in which the report arrived';
comment on column public.upload_stats_hourly.ok is 'Files uploaded, verified and catalogued';
comment on column public.upload_stats_hourly.failed is 'Attempts that failed';
comment on column public.upload_stats_hourly.duplicate is 'Files already stored';
comment on column public.upload_stats_hourly.bytes is 'Of the files counted in ok';

create table pilab.upload_journals (
  journal_id uuid not null,
  device_id uuid not null,
  seq bigint not null,
  ok bigint not null,
  failed bigint not null,
  duplicate bigint not null,
  bytes bigint not null,
  reported_at timestamptz not null,
  constraint upload_journals_pkey primary key (journal_id),
  constraint upload_journals_device_id_fkey foreign key (device_id) references public.devices (id) on delete cascade
);
comment on table pilab.upload_journals is 'The last report of each journal; reached through report_uploads only';
comment on column pilab.upload_journals.journal_id is 'Chosen by the agent when it makes its journal; by a command, for each run';
comment on column pilab.upload_journals.seq is 'Number of the last report that was added';
-- Serves the cascade when a device goes.
create index upload_journals_device_id_idx on pilab.upload_journals (device_id);
alter table pilab.upload_journals enable row level security;
revoke all on pilab.upload_journals from public, anon, authenticated, service_role;

create function public.report_uploads(journal_id uuid, seq bigint, totals jsonb, for_device_id uuid default null) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  device constant public.devices := pilab.calling_device(for_device_id);
  last pilab.upload_journals;
  next pilab.upload_journals;
begin
  next := jsonb_populate_record(null::pilab.upload_journals, '{"ok":0,"failed":0,"duplicate":0,"bytes":0}' || totals);
  insert into pilab.upload_journals values (report_uploads.journal_id, device.id, -1, 0, 0, 0, 0, now())
  on conflict (journal_id) do nothing;
  select * into strict last from pilab.upload_journals j where j.journal_id = report_uploads.journal_id for update;

  if last.device_id <> device.id then
    raise exception 'Journal % belongs to another device', report_uploads.journal_id using errcode = '42501';
  end if;
  if report_uploads.seq <= last.seq then
    return false;
  end if;
  if coalesce(least(next.ok - last.ok, next.failed - last.failed, next.duplicate - last.duplicate, next.bytes - last.bytes) < 0, true)
    or num_nulls(next.ok, next.failed, next.duplicate, next.bytes, report_uploads.seq) > 0 then
    raise exception 'Totals are cumulative per journal and cannot fall: got % after %', report_uploads.totals, to_jsonb(last)
      using errcode = '22023', hint = 'Start a new journal_id when the journal is new.';
  end if;

  insert into public.upload_stats_hourly as kept values (
    device.id, date_trunc('hour', now(), 'UTC'),
    next.ok - last.ok, next.failed - last.failed, next.duplicate - last.duplicate, next.bytes - last.bytes
  )
  on conflict (device_id, hour) do update set
    ok = kept.ok + excluded.ok, failed = kept.failed + excluded.failed,
    duplicate = kept.duplicate + excluded.duplicate, bytes = kept.bytes + excluded.bytes;
  update pilab.upload_journals j
  set seq = report_uploads.seq, ok = next.ok, failed = next.failed, duplicate = next.duplicate, bytes = next.bytes, reported_at = now()
  where j.journal_id = report_uploads.journal_id;
  return true;
end $$;
comment on function public.report_uploads(uuid, bigint, jsonb, uuid) is
  'Adds a journal''s growth since its last report to upload_stats_hourly. totals: {ok, failed, duplicate, bytes}, cumulative. False: seq was known, nothing changed';
revoke all on function public.report_uploads(uuid, bigint, jsonb, uuid) from public, anon, authenticated, service_role;
grant execute on function public.report_uploads(uuid, bigint, jsonb, uuid) to authenticated, service_role;

alter table public.upload_stats_hourly enable row level security;
revoke all on public.upload_stats_hourly from public, anon, authenticated, service_role;
grant select on public.upload_stats_hourly to authenticated, service_role;

create policy upload_stats_hourly_select_for_viewers on public.upload_stats_hourly for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy upload_stats_hourly_select_own on public.upload_stats_hourly for select to authenticated
  using (device_id = (select pilab.device_id()));
