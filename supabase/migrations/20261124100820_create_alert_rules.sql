-- The rules of alerts. Which there are is code (storage-core/src/alerts); here stand their limits, which admins may change.
-- This is the one table of defaults: docs/alerts.md shows it, and a test compares the two.

create table public.alert_rules (
  id uuid not null default gen_random_uuid(),
  key text not null,
  enabled boolean not null default true,
  severity text not null,
  params jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint alert_rules_pkey primary key (id),
  constraint alert_rules_key_key unique (key),
  constraint alert_rules_key_check check (key ~ '^[a-z_]{1,60}$'),
  constraint alert_rules_severity_check check (severity in ('info', 'warning', 'critical')),
  constraint alert_rules_params_check check (jsonb_typeof(params) = 'object' and pg_column_size(params) <= 4096)
);

comment on table public.alert_rules is 'One row a rule of the worker''s; a row whose key it does not know is never evaluated';
comment on column public.alert_rules.enabled is 'False: its open alerts resolve, and none opens';
comment on column public.alert_rules.severity is 'Of the alerts that it opens; rules with critical_* in params rise to critical by themselves';
comment on column public.alert_rules.params is
  'Limits by name, units last. open_after_s: how long a condition holds before its alert opens; resolve_after_s: how long it is gone before it resolves';

insert into public.alert_rules (key, severity, params) values
  ('device_silent', 'critical', '{"open_after_s": 0, "resolve_after_s": 120}'),
  ('captures_missing', 'critical', '{"open_after_s": 60, "resolve_after_s": 300}'),
  ('upload_success_low', 'warning', '{"min_share": 0.9, "window_h": 24, "min_files": 20, "open_after_s": 0, "resolve_after_s": 600}'),
  ('backlog_fills_card', 'critical', '{"within_h": 12, "open_after_s": 300, "resolve_after_s": 600}'),
  ('disk_low', 'warning', '{"free_share": 0.1, "critical_free_share": 0.03, "open_after_s": 300, "resolve_after_s": 600}'),
  ('device_hot', 'warning', '{"temp_c": 80, "critical_temp_c": 85, "open_after_s": 300, "resolve_after_s": 600}'),
  ('device_throttled', 'warning', '{"open_after_s": 300, "resolve_after_s": 1800}'),
  ('clock_unsynced', 'warning', '{"open_after_s": 900, "resolve_after_s": 300}'),
  ('quarantine_growing', 'warning', '{"files": 5, "window_h": 24, "open_after_s": 0, "resolve_after_s": 600}'),
  ('device_cloned', 'critical', '{"changes": 6, "open_after_s": 0, "resolve_after_s": 3600}'),
  ('bucket_full', 'warning', '{"share": 0.8, "critical_share": 0.95, "open_after_s": 0, "resolve_after_s": 600}'),
  ('retention_failed', 'critical', '{"stuck_h": 1, "open_after_s": 0, "resolve_after_s": 0}'),
  ('retention_braked', 'warning', '{"open_after_s": 0, "resolve_after_s": 0}'),
  ('scrub_mismatch', 'critical', '{"open_after_s": 0, "resolve_after_s": 0}'),
  ('orphans_found', 'warning', '{"files": 1, "open_after_s": 0, "resolve_after_s": 0}'),
  ('audit_chain_broken', 'critical', '{"open_after_s": 0, "resolve_after_s": 0}'),
  ('channel_failing', 'warning', '{"attempts": 3, "open_after_s": 0, "resolve_after_s": 0}');

-- The worker's rules read these limits by name: one that is missing, or a word, would stop all alerts.
create function pilab.guard_alert_rule() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.key <> old.key
    or (select array_agg(key order by key) from jsonb_each(new.params)) is distinct from
      (select array_agg(key order by key) from jsonb_each(old.params))
    or exists (select from jsonb_each(new.params) where jsonb_typeof(value) <> 'number' or (value #>> '{}')::numeric not between 0 and 1e12) then
    raise exception 'params of % must have the numbers %, none below 0', old.key,
      (select string_agg(key, ', ' order by key) from jsonb_each(old.params)) using errcode = '22023';
  end if;
  return new;
end $$;
comment on function pilab.guard_alert_rule() is 'A rule keeps its key and the names of its limits, and these are numbers';
revoke all on function pilab.guard_alert_rule() from public, anon, authenticated, service_role;
create trigger alert_rules_guard before update on public.alert_rules
  for each row execute function pilab.guard_alert_rule();
create trigger alert_rules_touch before update on public.alert_rules
  for each row execute function pilab.touch_updated_at();
create trigger alert_rules_audit after insert or update or delete on public.alert_rules
  for each row execute function pilab.audit_row_change('alert_rule', 'key');

alter table public.alert_rules enable row level security;
revoke all on public.alert_rules from public, anon, authenticated, service_role;
grant select, update (enabled, severity, params) on public.alert_rules to authenticated, service_role;

create policy alert_rules_select_for_viewers on public.alert_rules for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy alert_rules_update_for_admins on public.alert_rules for update to authenticated
  using ((select pilab.role_is('admin'))) with check ((select pilab.role_is('admin')));
