-- One worker at a time does a job: it holds the job's lease, by the server's clock. The token rises at each acquire and a
-- row is never removed, so a worker that slept through its lease is told from the one that has it now.

create table public.leases (
  name text not null,
  holder text not null,
  lease_token bigint not null,
  acquired_at timestamptz not null,
  expires_at timestamptz not null,
  constraint leases_pkey primary key (name),
  constraint leases_name_check check (length(name) between 1 and 200),
  constraint leases_holder_check check (length(holder) between 1 and 200)
);
comment on table public.leases is 'Written by acquire_lease, renew_lease and release_lease only';
comment on column public.leases.name is 'The job: retention:<bucket_id> for trash and purge of one bucket';
comment on column public.leases.holder is 'Who has it, or had it last: host, process and command, for a person to read';
comment on column public.leases.lease_token is 'Rises at each acquire; what is done under the lease names it';
comment on column public.leases.expires_at is 'By the server''s clock; in the past: free';

create function public.acquire_lease(name text, holder text, ttl_s integer)
returns table (acquired boolean, lease_token bigint, holder_now text, expires_at timestamptz)
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  lease public.leases;
begin
  perform pilab.check_lease_ttl(ttl_s);
  -- The clock is read once the row is ours: it may have been somebody's for a while.
  insert into public.leases as l
  values (acquire_lease.name, acquire_lease.holder, 1, clock_timestamp(), clock_timestamp() + make_interval(secs => ttl_s))
  on conflict (name) do update set
    holder = excluded.holder, lease_token = l.lease_token + 1,
    acquired_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => ttl_s)
  where l.expires_at <= clock_timestamp()
  returning * into lease;
  if lease.name is not null then
    return query select true, lease.lease_token, lease.holder, lease.expires_at;
  else
    return query select false, null::bigint, l.holder, l.expires_at from public.leases l where l.name = acquire_lease.name;
  end if;
end $$;
comment on function public.acquire_lease(text, text, integer) is
  'Takes the lease when it is free. acquired false: holder_now has it until expires_at, and there is no token';

create function public.renew_lease(name text, lease_token bigint, ttl_s integer) returns timestamptz
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
  renewed_until timestamptz;
begin
  perform pilab.check_lease_ttl(ttl_s);
  update public.leases l set expires_at = clock_timestamp() + make_interval(secs => ttl_s)
  where l.name = renew_lease.name and l.lease_token = renew_lease.lease_token and l.expires_at > clock_timestamp()
  returning l.expires_at into renewed_until;
  return renewed_until;
end $$;
comment on function public.renew_lease(text, bigint, integer) is
  'Until when it holds now; NULL: it ran out or is another''s, so stop and acquire anew';

create function public.release_lease(name text, lease_token bigint) returns boolean
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
begin
  update public.leases l set expires_at = clock_timestamp()
  where l.name = release_lease.name and l.lease_token = release_lease.lease_token and l.expires_at > clock_timestamp();
  return found;
end $$;
comment on function public.release_lease(text, bigint) is 'Frees the lease. False: it was not held with this token';

create function pilab.check_lease_ttl(ttl_s integer) returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if ttl_s not between 1 and 3600 or ttl_s is null then
    raise exception 'ttl_s is 1 to 3600 seconds; got %', coalesce(ttl_s::text, 'null') using errcode = '22023';
  end if;
end $$;
comment on function pilab.check_lease_ttl(integer) is 'Refuses a time to live that would outlive a dead worker for long';

revoke all on function
  pilab.check_lease_ttl(integer), public.acquire_lease(text, text, integer), public.renew_lease(text, bigint, integer),
  public.release_lease(text, bigint)
  from public, anon, authenticated, service_role;
grant execute on function
  public.acquire_lease(text, text, integer), public.renew_lease(text, bigint, integer), public.release_lease(text, bigint)
  to service_role;

alter table public.leases enable row level security;
revoke all on public.leases from public, anon, authenticated, service_role;
grant select on public.leases to service_role;
