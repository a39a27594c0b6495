-- What reading captures back has shown. A scrub goes round a bucket in the order of the hashes, which is any order: what it
-- takes next is what was checked longest ago, and at one per cent a day all is seen within 100 days. Reconcile writes here
-- what it finds missing, so that one table says what is wrong with which capture, until it is right again.

create table public.capture_checks (
  capture_id uuid not null,
  bucket_id text not null,
  outcome text not null,
  detail text,
  checked_at timestamptz not null,
  since timestamptz not null,
  constraint capture_checks_pkey primary key (capture_id),
  constraint capture_checks_capture_id_fkey foreign key (capture_id) references public.captures (id) on delete cascade,
  constraint capture_checks_outcome_check check (outcome in ('ok', 'mismatch', 'missing', 'unreadable')),
  constraint capture_checks_detail_check check (length(detail) <= 1000)
);

-- What is wrong in a bucket, checked longest ago first.
create index capture_checks_faulty_idx on public.capture_checks (bucket_id, checked_at) where outcome <> 'ok';

comment on table public.capture_checks is 'Written by record_checks. No row: not checked yet';
comment on column public.capture_checks.outcome is
  'ok: the bytes are those of sha256; mismatch: others; missing: no object; unreadable: an object that the server does not give';
comment on column public.capture_checks.detail is 'What was found instead, for a person; NULL: nothing to say';
comment on column public.capture_checks.checked_at is 'Last looked at';
comment on column public.capture_checks.since is 'First found so, without another outcome between';

create table public.scrubs (
  bucket_id text not null,
  after_sha256 text,
  after_device_id uuid,
  day date not null,
  day_files bigint not null default 0,
  day_bytes bigint not null default 0,
  round bigint not null default 1,
  round_started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint scrubs_pkey primary key (bucket_id),
  constraint scrubs_bucket_id_fkey foreign key (bucket_id) references public.bucket_settings (bucket_id) on delete cascade,
  constraint scrubs_cursor_check check ((after_sha256 is null) = (after_device_id is null))
);
comment on table public.scrubs is 'How far the scrub of a bucket is; written by record_checks';
comment on column public.scrubs.after_sha256 is 'All captures up to this hash are checked in this round; NULL: at its beginning';
comment on column public.scrubs.day is 'UTC day of day_files and day_bytes';
comment on column public.scrubs.day_files is 'Read back on that day';
comment on column public.scrubs.day_bytes is 'As day_files';
comment on column public.scrubs.round is 'Rounds begun; one more: everything was checked once more';

create function public.captures_to_check(
  bucket_id text, sample real default 0.01, max_bytes bigint default 1073741824, max_rows integer default 100
) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  scrub public.scrubs;
  today constant date := (now() at time zone 'UTC')::date;
  files_left bigint;
  bytes_left bigint;
  page jsonb;
begin
  if not (sample > 0 and sample <= 1 and max_bytes > 0 and max_rows between 1 and 500) then
    raise exception 'sample is above 0 and at most 1, max_bytes above 0, max_rows 1 to 500' using errcode = '22023';
  end if;
  select s.* into scrub from public.scrubs s where s.bucket_id = captures_to_check.bucket_id;
  select ceil(sample::numeric * coalesce(sum(s.live_files + s.trashed_files), 0)) into files_left
    from public.capture_stats_daily s where s.bucket_id = captures_to_check.bucket_id;
  bytes_left := max_bytes;
  if scrub.day = today then
    files_left := files_left - scrub.day_files;
    bytes_left := bytes_left - scrub.day_bytes;
  end if;
  with next as (
    select c.id, c.device_id, c.object_path, c.sha256, c.size_bytes,
      -- A file larger than a day's bytes still has its turn, alone on its day.
      sum(c.size_bytes) over (order by c.sha256, c.device_id) <= bytes_left
        or row_number() over (order by c.sha256, c.device_id) = 1 and bytes_left = max_bytes as fits
    from public.captures c
    where c.bucket_id = captures_to_check.bucket_id and c.purging_at is null
      and (scrub.after_sha256 is null or (c.sha256, c.device_id) > (scrub.after_sha256, scrub.after_device_id))
    order by c.sha256, c.device_id limit least(max_rows, greatest(files_left, 0))
  )
  select coalesce(jsonb_agg(to_jsonb(next) - 'fits' order by sha256, device_id) filter (where fits), '[]') into page from next;
  return jsonb_build_object(
    'captures', page,
    -- Told apart from the end of the day: then there would be something, were it not for the budget.
    'round_ends', files_left > 0 and page = '[]' and not exists (
      select from public.captures c
      where c.bucket_id = captures_to_check.bucket_id and c.purging_at is null
        and (scrub.after_sha256 is null or (c.sha256, c.device_id) > (scrub.after_sha256, scrub.after_device_id))
    ),
    'faulty', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', c.id, 'device_id', c.device_id, 'object_path', c.object_path, 'sha256', c.sha256, 'size_bytes', c.size_bytes
      )), '[]')
      from (
        select k.capture_id from public.capture_checks k
        where k.bucket_id = captures_to_check.bucket_id and k.outcome <> 'ok' and k.checked_at < now() - interval '1 day'
        order by k.checked_at limit 20
      ) as due join public.captures c on c.id = due.capture_id and c.purging_at is null
    )
  );
end $$;
comment on function public.captures_to_check(text, real, bigint, integer) is
  'What a scrub reads back next, within what is left of today: {captures, round_ends, faulty: some that were wrong a day ago or longer}';

create function public.record_checks(bucket_id text, checks jsonb, through jsonb default null) returns jsonb
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  today constant date := (now() at time zone 'UTC')::date;
  counted jsonb;
begin
  if jsonb_typeof(checks) is distinct from 'array' or jsonb_array_length(checks) > 500 then
    raise exception 'record_checks takes an array of at most 500 checks' using errcode = '22023';
  end if;
  -- What was found is judged by what is so now: a capture purged or brought back meanwhile has nothing to be blamed for.
  with found as (
    select c.id, c.device_id, c.object_path, f.bytes, left(f.detail, 1000) as detail, f.outcome as said,
      case
        when o.id is null then 'missing'
        when f.outcome = 'missing' and (o.metadata ->> 'size')::bigint is distinct from c.size_bytes then 'mismatch'
        when f.outcome = 'missing' then 'unreadable'
        else f.outcome
      end as outcome
    from jsonb_to_recordset(checks) as f (id uuid, object_path text, outcome text, detail text, bytes bigint)
    join public.captures c on c.id = f.id and c.bucket_id = record_checks.bucket_id
      and c.object_path = f.object_path and c.purging_at is null
    left join storage.objects o on o.bucket_id = c.bucket_id and o.name = c.object_path
  ), before as (
    select found.*, coalesce(k.outcome, 'ok') as outcome_before
    from found left join public.capture_checks k on k.capture_id = found.id
  ), kept as (
    insert into public.capture_checks as k (capture_id, bucket_id, outcome, detail, checked_at, since)
    select id, record_checks.bucket_id, outcome, case when outcome <> 'ok' then detail end, now(), now() from found order by id
    on conflict (capture_id) do update set
      outcome = excluded.outcome, detail = excluded.detail, checked_at = excluded.checked_at,
      since = case when k.outcome = excluded.outcome then k.since else excluded.since end
  ), told as (
    select pilab.write_audit('capture.found_' || outcome, 'capture', id::text, device_id,
      jsonb_strip_nulls(jsonb_build_object('object_path', object_path, 'detail', detail, 'before', outcome_before)))
    from before where outcome <> outcome_before
  )
  select jsonb_build_object(
    'ok', count(*) filter (where outcome = 'ok'), 'mismatch', count(*) filter (where outcome = 'mismatch'),
    'missing', count(*) filter (where outcome = 'missing'), 'unreadable', count(*) filter (where outcome = 'unreadable'),
    'bytes', coalesce(sum(bytes), 0), 'told', (select count(*) from told)
  ) - 'told' into counted from before;

  if through is not null then
    insert into public.scrubs as s (bucket_id, after_sha256, after_device_id, day, day_files, day_bytes)
    values (record_checks.bucket_id, through ->> 'sha256', (through ->> 'device_id')::uuid, today,
      jsonb_array_length(checks), (counted ->> 'bytes')::bigint)
    on conflict (bucket_id) do update set
      after_sha256 = excluded.after_sha256, after_device_id = excluded.after_device_id, day = today,
      day_files = excluded.day_files + case when s.day = today then s.day_files else 0 end,
      day_bytes = excluded.day_bytes + case when s.day = today then s.day_bytes else 0 end,
      round = s.round + (excluded.after_sha256 is null)::integer,
      round_started_at = case when excluded.after_sha256 is null then now() else s.round_started_at end,
      updated_at = now();
    if checks <> '[]' then
      perform pilab.write_audit('captures.scrubbed', 'bucket', record_checks.bucket_id, null, counted);
    end if;
  end if;
  delete from public.capture_checks k using public.captures c
    where k.bucket_id = record_checks.bucket_id and k.outcome <> 'ok' and c.id = k.capture_id and c.purging_at is not null;
  return counted;
end $$;
comment on function public.record_checks(text, jsonb, jsonb) is
  'Keeps what was found of at most 500 captures, [{id, object_path, outcome, detail, bytes}], as far as it is still so, and says it in the audit log where it changed. through: the scrub has come to {sha256, device_id}, {} ends a round. Answers the counts';

revoke all on function public.captures_to_check(text, real, bigint, integer), public.record_checks(text, jsonb, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function public.captures_to_check(text, real, bigint, integer), public.record_checks(text, jsonb, jsonb)
  to service_role;

alter table public.capture_checks enable row level security;
alter table public.scrubs enable row level security;
revoke all on public.capture_checks, public.scrubs from public, anon, authenticated, service_role;
grant select on public.capture_checks, public.scrubs to authenticated, service_role;

create policy capture_checks_select_for_viewers on public.capture_checks for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy scrubs_select_for_viewers on public.scrubs for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
