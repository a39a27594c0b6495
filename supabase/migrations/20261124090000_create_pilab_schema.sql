-- The schema of PiLab's helpers. The API exposes only public, so nothing here can be called over HTTP; policies and
-- functions use it. A helper gets its EXECUTE where a caller's own statement needs it, and nowhere else.
-- Every file revokes all from the API roles and then grants: hosted Supabase's default privileges give them ALL.

create schema pilab;
revoke all on schema pilab from public, anon, authenticated, service_role;
grant usage on schema pilab to authenticated, service_role;
comment on schema pilab is 'Helpers of PiLab''s policies and functions; not exposed by the API';

-- The role GUC is what PostgREST and the Storage server set for the request. It outlives SECURITY DEFINER, which
-- changes only current_user, and unlike a claim it cannot be had by a token that names no role.
create function pilab.is_service() returns boolean
language sql stable set search_path = ''
return pg_catalog.current_setting('role', true) is not distinct from 'service_role';
comment on function pilab.is_service() is 'Whether this request holds the service key';

create function pilab.user_role() returns text
language sql stable set search_path = ''
as $$
  select granted from (select auth.jwt() -> 'app_metadata' ->> 'pilab_role') as claims (granted)
  where granted in ('viewer', 'operator', 'admin')
$$;
comment on function pilab.user_role() is
  'viewer, operator or admin, from the token''s app_metadata, which users cannot edit; NULL: none, so anon''s rights';

create function pilab.role_is(variadic allowed text[]) returns boolean
language sql stable set search_path = ''
as $$ select coalesce(pilab.user_role() = any (allowed), false) $$;
comment on function pilab.role_is(text[]) is 'Whether the caller has one of these roles; policies call it as (select pilab.role_is(…)), once a statement';

-- Headers come from PostgREST as one JSON object with names in lower case.
create function pilab.request_header(name text) returns text
language sql stable set search_path = ''
as $$
  select nullif(pg_catalog.current_setting('request.headers', true), '')::jsonb ->> name
$$;
comment on function pilab.request_header(text) is 'A header of the HTTP request; NULL outside a request';

create function pilab.correlation_id() returns uuid
language sql stable set search_path = ''
as $$
  select given::uuid from (select pilab.request_header('x-correlation-id')) as header (given)
  where given ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
$$;
comment on function pilab.correlation_id() is 'The job that this request belongs to: header x-correlation-id when it is a UUID, else NULL';

-- A POSIX zone such as UTC+3 would be read with the opposite sign, so only IANA's shapes pass.
create function pilab.is_time_zone(name text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return name ~ '^(UTC|Etc/GMT[+-][0-9]{1,2}|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_]*(-[A-Za-z]+)*)+)$'
    and pg_catalog.timezone(name, timestamptz '2000-01-01 00:00:00+00') is not null;
exception when invalid_parameter_value then
  return false;
end $$;
comment on function pilab.is_time_zone(text) is 'Whether this is an IANA time zone that the server knows';

revoke all on function
  pilab.is_service(), pilab.user_role(), pilab.role_is(text[]), pilab.request_header(text), pilab.correlation_id(),
  pilab.is_time_zone(text)
  from public, anon, authenticated, service_role;
grant execute on function pilab.is_service(), pilab.user_role(), pilab.role_is(text[]), pilab.is_time_zone(text)
  to authenticated, service_role;
