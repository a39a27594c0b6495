-- Alerts: open, acknowledged, resolved; at most one that is not resolved for a rule and a subject. The worker alone opens and
-- resolves them (apply_alert_round); people acknowledge and silence.

create table public.alerts (
  id uuid not null default gen_random_uuid(),
  rule_id uuid not null,
  rule_key text not null,
  severity text not null,
  subject_type text not null,
  subject_id text not null default '',
  title text not null,
  detail jsonb not null default '{}',
  state text not null default 'open',
  held boolean not null default false,
  opened_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  silenced_until timestamptz,
  silenced_by text,
  resolved_at timestamptz,
  resolved_because text,
  constraint alerts_pkey primary key (id),
  constraint alerts_rule_id_fkey foreign key (rule_id) references public.alert_rules (id) on delete cascade,
  constraint alerts_severity_check check (severity in ('info', 'warning', 'critical')),
  constraint alerts_subject_check check (subject_type ~ '^[a-z_]{1,40}$' and length(subject_id) <= 200),
  constraint alerts_title_check check (length(title) between 1 and 500),
  constraint alerts_detail_check check (jsonb_typeof(detail) = 'object' and pg_column_size(detail) <= 16384),
  constraint alerts_state_check check (state in ('open', 'acknowledged', 'resolved')),
  constraint alerts_acknowledged_at_check check (state <> 'acknowledged' or acknowledged_at is not null),
  constraint alerts_resolved_at_check check ((resolved_at is not null) = (state = 'resolved')),
  constraint alerts_resolved_because_check check (resolved_because in ('cleared', 'paused', 'retired', 'rule_off', 'gone'))
);
-- One alert that is not resolved for a rule and a subject, whoever evaluates.
create unique index alerts_unresolved_key on public.alerts (rule_id, subject_id) where state <> 'resolved';
-- What is open: each round of the worker, and pages.
create index alerts_unresolved_idx on public.alerts (opened_at desc, id desc) where state <> 'resolved';
-- The history, newest first, a page at a time.
create index alerts_opened_at_idx on public.alerts (opened_at desc, id desc);
-- What was about one device or bucket.
create index alerts_subject_idx on public.alerts (subject_type, subject_id, opened_at desc);

comment on table public.alerts is 'Opened and resolved by the worker; resolved ones are kept 90 days';
comment on column public.alerts.subject_type is 'device, bucket, audit_log or channel';
comment on column public.alerts.subject_id is 'The device''s or channel''s id, the bucket''s name; empty for the audit log';
comment on column public.alerts.title is 'What is wrong, as it was when last seen to differ';
comment on column public.alerts.detail is 'The numbers behind the title';
comment on column public.alerts.held is 'True: its subject is away, so nothing new is known and nobody is told';
comment on column public.alerts.last_seen_at is 'When the condition was last seen; renewed every few minutes';
comment on column public.alerts.acknowledged_at is 'Since then repeats are off; a rise to a higher severity undoes it';
comment on column public.alerts.silenced_until is 'Nobody is told until then; NULL: not silenced';
comment on column public.alerts.resolved_because is 'cleared: the condition went; paused, retired: its device; rule_off; gone: the subject is no more';

-- What a condition is on its way to. Not in alerts: nobody is to see it, and it changes at each round.
create table pilab.alert_counters (
  rule_key text not null,
  subject_id text not null,
  watched_s real not null,
  constraint alert_counters_pkey primary key (rule_key, subject_id)
);
comment on table pilab.alert_counters is 'Written by apply_alert_round';
comment on column pilab.alert_counters.watched_s is
  'Without an alert: how long its condition has been watched, up to open_after_s. With one: how long it has been watched to be gone or milder, up to resolve_after_s';

create table pilab.alert_rounds (
  is_only boolean not null default true,
  number bigint not null default 0,
  at timestamptz,
  watching_since timestamptz,
  constraint alert_rounds_pkey primary key (is_only),
  constraint alert_rounds_is_only_check check (is_only)
);
comment on table pilab.alert_rounds is 'One row: the last round of evaluation. A round that was computed from an older one is refused whole';
comment on column pilab.alert_rounds.watching_since is 'Since when rounds have followed each other without a gap';
insert into pilab.alert_rounds default values;

alter table public.alerts enable row level security;
alter table pilab.alert_counters enable row level security;
alter table pilab.alert_rounds enable row level security;
revoke all on public.alerts, pilab.alert_counters, pilab.alert_rounds from public, anon, authenticated, service_role;
grant select on public.alerts to authenticated;
grant select on public.alerts to service_role;

create policy alerts_select_for_viewers on public.alerts for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));

create function pilab.mark_alerts(verb text, ids uuid[], until timestamptz default null) returns setof uuid
language plpgsql set search_path = ''
as $$
declare
  who constant text := case when pilab.is_service() then left(pilab.request_header('x-pilab-actor'), 200) else auth.uid()::text end;
  marked uuid[];
begin
  if not (pilab.is_service() or pilab.role_is('operator', 'admin')) then
    raise exception 'Only operators and admins may acknowledge and silence alerts' using errcode = '42501';
  end if;
  if coalesce(cardinality(ids), 501) > 500 then
    raise exception 'A call takes at most 500 ids; got %', coalesce(cardinality(ids)::text, 'null') using errcode = '22023';
  end if;
  perform from public.alerts a where a.id = any (ids) order by a.id for no key update;
  with changed as (
    update public.alerts a set
      state = case verb when 'acknowledge' then 'acknowledged' else a.state end,
      acknowledged_at = case verb when 'acknowledge' then now() else a.acknowledged_at end,
      acknowledged_by = case verb when 'acknowledge' then who else a.acknowledged_by end,
      silenced_until = case verb when 'silence' then until else a.silenced_until end,
      silenced_by = case verb when 'silence' then case when until is not null then who end else a.silenced_by end
    where a.id = any (ids) and a.state <> 'resolved'
      and case verb when 'acknowledge' then a.state = 'open' else a.silenced_until is distinct from until end
    returning a.id
  )
  select array_agg(c.id) into marked from changed c;
  perform pilab.write_audit(
    'alert.' || case verb when 'acknowledge' then 'acknowledged' else 'silenced' end, 'alert', a.id::text,
    case when a.subject_type = 'device' then a.subject_id::uuid end,
    jsonb_build_object('rule', a.rule_key, 'subject', a.subject_id)
      || case verb when 'silence' then jsonb_build_object('until', until) else '{}' end
  ) from public.alerts a where a.id = any (marked) order by a.id;
  return query select unnest(marked);
end $$;
comment on function pilab.mark_alerts(text, uuid[], timestamptz) is 'What acknowledge_alerts and silence_alerts share; one audit row an alert that changed';
revoke all on function pilab.mark_alerts(text, uuid[], timestamptz) from public, anon, authenticated, service_role;

create function public.acknowledge_alerts(ids uuid[]) returns setof uuid
language sql security definer set search_path = ''
as $$ select * from pilab.mark_alerts('acknowledge', ids) $$;
comment on function public.acknowledge_alerts(uuid[]) is
  'Somebody sees to these alerts: no repeats. Returns the ids that changed; resolved and unknown ones do not';

create function public.silence_alerts(ids uuid[], until timestamptz) returns setof uuid
language sql security definer set search_path = ''
as $$ select * from pilab.mark_alerts('silence', ids, until) $$;
comment on function public.silence_alerts(uuid[], timestamptz) is
  'Nobody is told of these alerts until then; null ends it. Returns the ids that changed; resolved and unknown ones do not';

revoke all on function public.acknowledge_alerts(uuid[]), public.silence_alerts(uuid[], timestamptz)
  from public, anon, authenticated, service_role;
grant execute on function public.acknowledge_alerts(uuid[]), public.silence_alerts(uuid[], timestamptz) to authenticated, service_role;

do $$ begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') then
    alter publication supabase_realtime add table public.alerts;
  end if;
end $$;
