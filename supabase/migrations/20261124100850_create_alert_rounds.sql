-- A round of evaluation: read all that the rules need in one statement, so that it belongs together; decide outside, in one
-- pure function; write all that was decided in one transaction, and only if no other round came between. So a worker that dies,
-- or two that run at once, open nothing twice and tell nothing twice. Nothing here reads captures: the cost grows with devices
-- and open alerts, not with what is stored.

create function public.alert_inputs() returns jsonb
language sql stable security definer set search_path = ''
as $$
  with
  -- The rules' own windows, where the reading depends on them.
  hours as (
    select
      coalesce(max((params ->> 'window_h')::numeric) filter (where key = 'upload_success_low'), 24) * interval '1 hour' as of_uploads,
      coalesce(max((params ->> 'window_h')::numeric) filter (where key = 'quarantine_growing'), 24) * interval '1 hour' as of_quarantine
    from public.alert_rules
  ),
  told as (select distinct jsonb_object_keys(g.told) as alert_id from pilab.alert_groups g)
  select jsonb_build_object(
    'now', now(),
    'round', (select jsonb_build_object('number', r.number, 'at', r.at, 'watching_since', r.watching_since) from pilab.alert_rounds r),
    'rules', (select coalesce(jsonb_agg(to_jsonb(r) order by r.key), '[]') from public.alert_rules r),
    -- A channel that was told of one is to hear of its end.
    'alerts', (
      select coalesce(jsonb_agg(to_jsonb(a) order by a.opened_at, a.id), '[]') from public.alerts a
      where a.state <> 'resolved' or a.id in (select t.alert_id::uuid from told t)
    ),
    'counters', (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from pilab.alert_counters c),
    'groups', (select coalesce(jsonb_agg(to_jsonb(g)), '[]') from pilab.alert_groups g),
    'channels', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', c.id, 'name', c.name, 'enabled', c.enabled, 'min_severity', c.min_severity,
        -- What it is trying to send, or tried last.
        'last', (
          select jsonb_build_object('state', d.state, 'attempts', d.attempts, 'last_error', d.last_error)
          from public.alert_deliveries d
          where d.channel_id = c.id and d.kind <> 'test' and d.attempts > 0
          order by d.created_at desc, d.id desc limit 1
        )
      ) order by c.name), '[]')
      from public.alert_channels c
    ),
    'devices', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'slug', d.slug, 'name', d.name, 'expected_interval_s', d.expected_interval_s,
        'paused_until', d.paused_until, 'retired_at', d.retired_at, 'created_at', d.created_at,
        'status', to_jsonb(s), 'last_arrival_at', arrival.created_at,
        'uploads', jsonb_build_object('ok', coalesce(uploads.ok, 0), 'failed', coalesce(uploads.failed, 0)),
        'past', to_jsonb(past), 'quarantined_before', quarantine.files, 'instance_changes', coalesce(recent.changes, 0)
      ) order by d.slug), '[]')
      from public.devices d cross join hours
      left join public.device_status s on s.device_id = d.id
      left join lateral (
        select b.created_at from public.capture_batches b where b.device_id = d.id order by b.created_at desc limit 1
      ) as arrival on true
      left join lateral (
        select sum(u.ok + u.duplicate) as ok, sum(u.failed) as failed from public.upload_stats_hourly u
        where u.device_id = d.id and u.hour > now() - hours.of_uploads
      ) as uploads on true
      -- Where its queue and its disk stood at least half an hour before: their trend.
      left join lateral (
        select h.reported_at, h.queue_bytes, h.disk_free_bytes from public.device_status_hourly h
        where h.device_id = d.id and h.hour > now() - interval '7 hours' and h.reported_at <= s.reported_at - interval '30 minutes'
        order by h.hour desc limit 1
      ) as past on true
      -- The fewest in the window; none, for a device without an older past.
      left join lateral (
        select case when exists (
          select from public.device_status_hourly o where o.device_id = d.id and o.hour <= now() - hours.of_quarantine
        ) then min(h.quarantined_files) else 0 end as files
        from public.device_status_hourly h where h.device_id = d.id and h.hour > now() - hours.of_quarantine
      ) as quarantine on true
      left join lateral (
        select sum(h.instance_changes) as changes from public.device_status_hourly h
        where h.device_id = d.id and h.hour > now() - interval '2 hours'
      ) as recent on true
    ),
    'buckets', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'bucket_id', b.bucket_id, 'quota_bytes', b.quota_bytes,
        'stored_bytes', case when b.quota_bytes is not null then (
          select coalesce(sum(c.live_bytes + c.trashed_bytes + c.purging_bytes), 0)
          from public.capture_stats_daily c where c.bucket_id = b.bucket_id
        ) end,
        'run', (
          select jsonb_build_object('id', r.id, 'state', r.state, 'updated_at', r.updated_at, 'planned_files', r.planned_files, 'planned_bytes', r.planned_bytes)
          from public.retention_runs r where r.bucket_id = b.bucket_id and not r.dry_run
          order by r.created_at desc, r.id desc limit 1
        ),
        'ended_run', (
          select jsonb_build_object('id', r.id, 'state', r.state, 'failed_files', r.failed_files, 'error', r.errors -> 0)
          from public.retention_runs r where r.bucket_id = b.bucket_id and not r.dry_run and r.finished_at is not null
          order by r.created_at desc, r.id desc limit 1
        )
      ) order by b.bucket_id), '[]')
      from public.bucket_settings b
    ),
    'checks', (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from public.check_results c)
  )
$$;
comment on function public.alert_inputs() is 'All that a round of evaluation reads, as of one moment';

create function public.apply_alert_round(round jsonb) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
  last pilab.alert_rounds;
begin
  select r.* into strict last from pilab.alert_rounds r for update;
  if last.number <> (round ->> 'number')::bigint then
    return false;
  end if;
  update pilab.alert_rounds set number = last.number + 1, at = now(),
    watching_since = (round ->> 'watching_since')::timestamptz
    where is_only;

  update public.alerts a set
    state = 'resolved', resolved_at = now(), resolved_because = r.because, held = false
  from jsonb_to_recordset(round -> 'resolved') as r (id uuid, because text)
  where a.id = r.id and a.state <> 'resolved';

  update public.alerts a set
    severity = c.severity, title = c.title, detail = c.detail, held = c.held,
    last_seen_at = case when c.seen then now() else a.last_seen_at end,
    state = case when c.rose then 'open' else a.state end,
    acknowledged_at = case when c.rose then null else a.acknowledged_at end,
    acknowledged_by = case when c.rose then null else a.acknowledged_by end
  from jsonb_to_recordset(round -> 'changed')
    as c (id uuid, severity text, title text, detail jsonb, held boolean, seen boolean, rose boolean)
  where a.id = c.id and a.state <> 'resolved';

  insert into public.alerts (id, rule_id, rule_key, severity, subject_type, subject_id, title, detail)
  select o.id, r.id, r.key, o.severity, o.subject_type, o.subject_id, o.title, o.detail
  from jsonb_to_recordset(round -> 'opened')
    as o (id uuid, rule_key text, severity text, subject_type text, subject_id text, title text, detail jsonb)
  join public.alert_rules r on r.key = o.rule_key
  on conflict do nothing;

  delete from pilab.alert_counters where true; -- hosted Supabase refuses one without a where
  insert into pilab.alert_counters
  select c.rule_key, c.subject_id, c.watched_s
  from jsonb_to_recordset(round -> 'counters') as c (rule_key text, subject_id text, watched_s real);

  insert into pilab.alert_groups as kept
  select g.channel_id, g.group_key, g.told, g.told_at
  from jsonb_to_recordset(round -> 'groups') as g (channel_id uuid, group_key text, told jsonb, told_at timestamptz)
  join public.alert_channels c on c.id = g.channel_id
  on conflict (channel_id, group_key) do update set told = excluded.told, told_at = excluded.told_at;

  insert into public.alert_deliveries (channel_id, kind, group_key, message)
  select m.channel_id, m.kind, m.group_key, m.message
  from jsonb_to_recordset(round -> 'messages') as m (channel_id uuid, kind text, group_key text, message jsonb)
  join public.alert_channels c on c.id = m.channel_id;
  return true;
end $$;
comment on function public.apply_alert_round(jsonb) is
  'Writes what a round decided, whole or, when another came between, not at all: false. number is the round that it was computed from';

create function public.claim_alert_deliveries(lease_s integer) returns setof public.alert_deliveries
language sql security definer set search_path = ''
as $$
  -- Old news helps nobody.
  update public.alert_deliveries set state = 'failed', last_error = coalesce(last_error, 'Not sent within 24 hours')
  where state = 'pending' and created_at < now() - interval '24 hours';
  -- A channel's first, if it is due: its messages arrive in order, and one that must wait holds back the rest.
  update public.alert_deliveries d set attempts = d.attempts + 1, next_attempt_at = now() + lease_s * interval '1 second'
  where d.id in (
    select f.id from public.alert_channels c
    cross join lateral (
      select p.id, p.next_attempt_at from public.alert_deliveries p
      where p.channel_id = c.id and p.state = 'pending' and p.kind <> 'test' order by p.created_at, p.id limit 1 for update
    ) as f
    -- No wait is as long as an hour, so one that seems to be was set before the server's clock went back.
    where c.enabled and f.next_attempt_at not between now() and now() + interval '1 hour'
  )
  returning d.*
$$;
comment on function public.claim_alert_deliveries(integer) is
  'The first message of each channel, when due, to the caller for lease_s: it marks them sent, failed or to be tried again; if it dies, they are due again';

create function public.prune_history() returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  -- Of each table at most so many a call: a short transaction, whatever has gathered.
  most constant integer := 20000;
  counts jsonb := '{}';
  removed bigint;
begin
  delete from public.device_status_hourly where ctid in (
    select ctid from public.device_status_hourly where hour < now() - interval '90 days' limit most);
  get diagnostics removed = row_count;
  counts := counts || jsonb_build_object('device_status_hourly', removed);
  delete from public.capture_batches where ctid in (
    select ctid from public.capture_batches where created_at < now() - interval '7 days' limit most);
  get diagnostics removed = row_count;
  counts := counts || jsonb_build_object('capture_batches', removed);
  delete from public.alert_deliveries where ctid in (
    select ctid from public.alert_deliveries where created_at < now() - interval '30 days' and state <> 'pending' limit most);
  get diagnostics removed = row_count;
  counts := counts || jsonb_build_object('alert_deliveries', removed);
  delete from public.alerts where ctid in (
    select ctid from public.alerts where resolved_at < now() - interval '90 days' limit most);
  get diagnostics removed = row_count;
  return counts || jsonb_build_object('alerts', removed);
end $$;
comment on function public.prune_history() is
  'Removes device_status_hourly and resolved alerts after 90 days, deliveries after 30, capture_batches after 7; returns how many of each. A count of 20000: call again';

revoke all on function
  public.alert_inputs(), public.apply_alert_round(jsonb), public.claim_alert_deliveries(integer), public.prune_history()
  from public, anon, authenticated, service_role;
grant execute on function
  public.alert_inputs(), public.apply_alert_round(jsonb), public.claim_alert_deliveries(integer), public.prune_history()
  to service_role;
