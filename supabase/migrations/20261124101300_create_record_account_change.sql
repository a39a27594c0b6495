-- Accounts are Auth's: its tables have no trigger of ours, and what changes them is another connection, which knows nothing
-- of who asked. So whoever changes one with the service key says so here, for the audit log.

create function public.record_account_change(account_id uuid, change text, details jsonb default '{}') returns void
language plpgsql security definer set search_path = ''
as $$
begin
  if change is null or change not in ('created', 'role_changed', 'password_set', 'removed', 'change_failed') then
    raise exception 'An account is not "%"', coalesce(change, 'NULL') using errcode = '22023',
      hint = 'created, role_changed, password_set, removed or change_failed.';
  end if;
  perform pilab.write_audit('account.' || change, 'account', account_id::text,
    (select d.id from public.devices d where d.user_id = account_id), coalesce(details, '{}'));
end $$;
comment on function public.record_account_change(uuid, text, jsonb) is
  'An audit row account.<change> about an account of a person, a program or a device. Written before the change, which Auth makes in a transaction of its own: a change without a row cannot be, a row without a change is followed by account.change_failed';

revoke all on function public.record_account_change(uuid, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.record_account_change(uuid, text, jsonb) to service_role;
