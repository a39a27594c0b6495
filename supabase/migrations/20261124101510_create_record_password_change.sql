-- Who changes the own password does it at Auth, with the own token: record_account_change is for the service key, which a
-- dashboard need not have. So the person says it here, about nobody else, with the rights that the token has.

create function public.record_password_change(refused boolean default false) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  if not pilab.role_is('viewer', 'operator', 'admin') then
    raise exception 'Only who has a role records a change of the own password' using errcode = '42501',
      hint = 'An admin gives an account its role.';
  end if;
  perform pilab.write_audit(
    case when refused then 'account.change_failed' else 'account.password_changed' end,
    'account', auth.uid()::text, null,
    case when refused then pg_catalog.jsonb_build_object('change', 'password_changed') else '{}' end
  );
end $$;
comment on function public.record_password_change(boolean) is
  'An audit row account.password_changed about the caller''s own account, written before the change; account.change_failed after one that Auth refused';
revoke all on function public.record_password_change(boolean) from public, anon, authenticated, service_role;
grant execute on function public.record_password_change(boolean) to authenticated;
