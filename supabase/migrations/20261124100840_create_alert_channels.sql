-- Where alerts are told, and each message on its way: the row is written with the change that it tells of and sent later, so
-- that a worker's death between the two neither loses nor invents a message. A channel holds no secret; it names a variable of
-- the worker's environment. Only names that begin with ALERT_ are allowed: an admin of the pages must not be able to have the
-- service key sent to an address of his choice.

create table public.alert_channels (
  id uuid not null default gen_random_uuid(),
  name text not null,
  kind text not null,
  enabled boolean not null default true,
  min_severity text not null default 'warning',
  config jsonb not null default '{}',
  secret_env text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint alert_channels_pkey primary key (id),
  constraint alert_channels_name_key unique (name),
  constraint alert_channels_name_check check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  constraint alert_channels_kind_check check (kind in ('webhook', 'ntfy', 'slack', 'email')),
  constraint alert_channels_min_severity_check check (min_severity in ('info', 'warning', 'critical')),
  constraint alert_channels_config_check check (jsonb_typeof(config) = 'object' and pg_column_size(config) <= 8192),
  constraint alert_channels_secret_env_check check (secret_env ~ '^ALERT_[A-Z0-9_]{1,80}$')
);

comment on table public.alert_channels is 'Written by admins and the service key';
comment on column public.alert_channels.min_severity is 'Milder alerts are not told here';
comment on column public.alert_channels.config is
  'webhook: url; ntfy: url with the topic; slack: none; email: from, to[]. Anyone who may view reads it, so never a secret';
comment on column public.alert_channels.secret_env is
  'Variable of the worker that holds the secret. webhook: signing key; ntfy: access token, if any; slack: the URL; email: smtp(s)://user:password@host:port';

create table public.alert_deliveries (
  id uuid not null default gen_random_uuid(),
  channel_id uuid not null,
  kind text not null default 'alert',
  group_key text not null,
  message jsonb not null,
  state text not null default 'pending',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  constraint alert_deliveries_pkey primary key (id),
  constraint alert_deliveries_channel_id_fkey foreign key (channel_id) references public.alert_channels (id) on delete cascade,
  constraint alert_deliveries_kind_check check (kind in ('alert', 'repeat', 'test')),
  constraint alert_deliveries_message_check check (jsonb_typeof(message) = 'object' and pg_column_size(message) <= 65536),
  constraint alert_deliveries_state_check check (state in ('pending', 'sent', 'failed')),
  constraint alert_deliveries_attempts_check check (attempts >= 0),
  constraint alert_deliveries_last_error_check check (length(last_error) <= 1000),
  constraint alert_deliveries_sent_at_check check ((sent_at is not null) = (state = 'sent'))
);
-- What is due, oldest first.
create index alert_deliveries_pending_idx on public.alert_deliveries (next_attempt_at) where state = 'pending';
-- A channel's messages, newest first.
create index alert_deliveries_channel_id_idx on public.alert_deliveries (channel_id, created_at desc);
-- The last of all channels; and the removal of old ones.
create index alert_deliveries_created_at_idx on public.alert_deliveries (created_at);

comment on table public.alert_deliveries is 'Written by the worker; kept 30 days. id is the message''s webhook-id: who gets it twice knows it by that';
comment on column public.alert_deliveries.kind is 'alert: something opened, rose or resolved; repeat: it is still so; test: asked for';
comment on column public.alert_deliveries.group_key is 'The rule whose alerts it tells of; test';
comment on column public.alert_deliveries.message is 'As packages/schema says: title, severity, lines';
comment on column public.alert_deliveries.attempts is 'Counted as each begins, so a worker''s death is one too';
comment on column public.alert_deliveries.last_error is 'Why the last attempt failed, without secrets';

-- What each channel has been told of each group: the alerts that it knows as open, with the severity it knows.
create table pilab.alert_groups (
  channel_id uuid not null,
  group_key text not null,
  told jsonb not null default '{}',
  told_at timestamptz not null,
  constraint alert_groups_pkey primary key (channel_id, group_key),
  constraint alert_groups_channel_id_fkey foreign key (channel_id) references public.alert_channels (id) on delete cascade
);
comment on table pilab.alert_groups is 'Written by apply_alert_round';
comment on column pilab.alert_groups.told is 'Alert''s id to its severity when told';
comment on column pilab.alert_groups.told_at is 'When the last message was written';
alter table pilab.alert_groups enable row level security;
revoke all on pilab.alert_groups from public, anon, authenticated, service_role;

create trigger alert_channels_touch before update on public.alert_channels
  for each row execute function pilab.touch_updated_at();
create trigger alert_channels_audit after insert or update or delete on public.alert_channels
  for each row execute function pilab.audit_row_change('alert_channel', 'id');

alter table public.alert_channels enable row level security;
alter table public.alert_deliveries enable row level security;
revoke all on public.alert_channels, public.alert_deliveries from public, anon, authenticated, service_role;
grant select, delete, insert (name, kind, enabled, min_severity, config, secret_env),
  update (name, enabled, min_severity, config, secret_env)
  on public.alert_channels to authenticated, service_role;
grant select on public.alert_deliveries to authenticated;
grant select, insert (channel_id, kind, group_key, message), update (state, attempts, next_attempt_at, last_error, sent_at)
  on public.alert_deliveries to service_role;

create policy alert_channels_select_for_viewers on public.alert_channels for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
create policy alert_channels_insert_for_admins on public.alert_channels for insert to authenticated
  with check ((select pilab.role_is('admin')));
create policy alert_channels_update_for_admins on public.alert_channels for update to authenticated
  using ((select pilab.role_is('admin'))) with check ((select pilab.role_is('admin')));
create policy alert_channels_delete_for_admins on public.alert_channels for delete to authenticated
  using ((select pilab.role_is('admin')));
create policy alert_deliveries_select_for_viewers on public.alert_deliveries for select to authenticated
  using ((select pilab.role_is('viewer', 'operator', 'admin')));
