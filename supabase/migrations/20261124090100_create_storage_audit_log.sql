-- The audit log: who did what to which object, written in the transaction of the change it tells of, so that both commit
-- or neither does. Nobody who comes through the API can write, change or empty it, the service key included: rows come
-- only from functions and triggers of the database. No foreign keys: a row outlives what it speaks of.

create table public.storage_audit_log (
  id bigint generated always as identity,
  created_at timestamptz not null default now(),
  correlation_id uuid,
  actor text,
  actor_claimed boolean not null,
  device_id uuid,
  action text not null,
  object_type text not null,
  object_id text,
  details jsonb not null default '{}',
  constraint storage_audit_log_pkey primary key (id),
  constraint storage_audit_log_action_check check (action ~ '^[a-z_]+\.[a-z_]+$'),
  constraint storage_audit_log_details_check check (jsonb_typeof(details) = 'object')
);

-- "What did this job do": every row of one correlation id.
create index storage_audit_log_correlation_id_idx on public.storage_audit_log (correlation_id)
  where correlation_id is not null;
-- "What happened to this object", newest first.
create index storage_audit_log_object_idx on public.storage_audit_log (object_type, object_id, id desc);
-- "What did this device do", newest first, a page at a time.
create index storage_audit_log_device_id_idx on public.storage_audit_log (device_id, id desc) where device_id is not null;
-- "Who did this", newest first, a page at a time.
create index storage_audit_log_action_idx on public.storage_audit_log (action, id desc);

comment on table public.storage_audit_log is 'Append-only. Arrivals are one row a log_captures call, changes one row an object';
comment on column public.storage_audit_log.id is 'Order of writing; two transactions may commit in the other order';
comment on column public.storage_audit_log.created_at is 'The server''s clock at the start of the transaction';
comment on column public.storage_audit_log.correlation_id is 'Header x-correlation-id, the job this belongs to; NULL: none was sent, or no UUID';
comment on column public.storage_audit_log.actor is 'auth.uid(); with the service key the header x-pilab-actor; without a request the database user; NULL: unknown';
comment on column public.storage_audit_log.actor_claimed is 'True: the actor is what a holder of the service key said, not what a token proved';
comment on column public.storage_audit_log.device_id is 'The device it concerns; NULL: none';
comment on column public.storage_audit_log.action is 'object.verb, such as capture.restored';
comment on column public.storage_audit_log.object_type is 'capture, capture_batch, device, bucket_settings …';
comment on column public.storage_audit_log.object_id is 'The object''s key as text; NULL: no single one';
comment on column public.storage_audit_log.details is 'What changed; never a key, a token, exif or metadata';

create function pilab.refuse_audit_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  raise exception 'storage_audit_log is append-only: % is refused', lower(tg_op) using errcode = '42501';
end $$;
comment on function pilab.refuse_audit_change() is 'Holds where a grant would not: for the tables'' owner too';
revoke all on function pilab.refuse_audit_change() from public, anon, authenticated, service_role;

create trigger storage_audit_log_append_only before update or delete or truncate on public.storage_audit_log
  for each statement execute function pilab.refuse_audit_change();

create function pilab.write_audit(action text, object_type text, object_id text, device_id uuid, details jsonb)
returns void
language plpgsql security definer set search_path = ''
as $$
declare
  in_request constant boolean := coalesce(pg_catalog.current_setting('role', true), 'none') <> 'none';
  claimed constant boolean := pilab.is_service();
begin
  insert into public.storage_audit_log (correlation_id, actor, actor_claimed, device_id, action, object_type, object_id, details)
  values (
    pilab.correlation_id(),
    case
      when claimed then left(pilab.request_header('x-pilab-actor'), 200)
      when in_request then auth.uid()::text
      else session_user::text
    end,
    claimed, write_audit.device_id, write_audit.action, write_audit.object_type, write_audit.object_id, write_audit.details
  );
end $$;
comment on function pilab.write_audit(text, text, text, uuid, jsonb) is 'The one way into storage_audit_log; no API role may call it';
revoke all on function pilab.write_audit(text, text, text, uuid, jsonb) from public, anon, authenticated, service_role;

alter table public.storage_audit_log enable row level security;
revoke all on public.storage_audit_log from public, anon, authenticated, service_role;
revoke all on sequence public.storage_audit_log_id_seq from public, anon, authenticated, service_role;
grant select on public.storage_audit_log to authenticated, service_role;

create policy storage_audit_log_select_for_operators on public.storage_audit_log for select to authenticated
  using ((select pilab.role_is('operator', 'admin')));
