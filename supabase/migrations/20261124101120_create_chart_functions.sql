-- What charts over time draw, from the counters: arrivals a day, uploads an hour or a day. Each gives one jsonb, because a
-- list of rows would be cut at the project's max_rows without a word. Runs with the caller's own rights.

create function public.usage_daily(bucket_id text, since date, until date default null, group_by text default null) returns jsonb
language plpgsql stable set search_path = ''
as $$
#variable_conflict use_column
declare
  last_day constant date := least(coalesce(usage_daily.until, 'infinity'), (now() at time zone 'UTC')::date);
begin
  if usage_daily.group_by not in ('device', 'shot_type', 'series') then
    raise exception 'group_by is %, it must be device, shot_type, series or null', usage_daily.group_by using errcode = '22023';
  end if;
  if last_day - usage_daily.since > 3660 then
    raise exception 'usage_daily gives ten years at most; got % to %', usage_daily.since, last_day using errcode = '22023';
  end if;
  return (
    select coalesce(jsonb_agg(to_jsonb(r) order by r.day, r.key), '[]') from (
      select day,
        case usage_daily.group_by when 'device' then device_id::text when 'shot_type' then shot_type when 'series' then series end as key,
        sum(live_files + trashed_files + purging_files + purged_files) as files,
        sum(live_bytes + trashed_bytes + purging_bytes + purged_bytes) as bytes,
        sum(live_files + trashed_files + purging_files) as stored_files,
        sum(live_bytes + trashed_bytes + purging_bytes) as stored_bytes
      from public.capture_stats_daily
      where bucket_id = usage_daily.bucket_id and day between usage_daily.since and last_day
      group by 1, 2
    ) as r
  );
end $$;
comment on function public.usage_daily(text, date, date, text) is
  '[{day, key, files, bytes: what arrived on that UTC day; stored_files, stored_bytes: what of it is stored now}]; days without arrivals are left out. key: by group_by, device id, shot type or series';

create function public.upload_stats(
  since timestamptz, until timestamptz default null, step text default 'hour', for_device_id uuid default null,
  time_zone text default 'UTC'
) returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  last_at constant timestamptz := least(coalesce(upload_stats.until, 'infinity'), now());
begin
  if step not in ('hour', 'day') then
    raise exception 'step is %, it must be hour or day', step using errcode = '22023';
  end if;
  if last_at - since > (case step when 'hour' then interval '62 days' else interval '3660 days' end) then
    raise exception 'upload_stats gives 62 days by the hour and ten years by the day at most' using errcode = '22023';
  end if;
  return (
    select coalesce(jsonb_agg(to_jsonb(r) order by r.at), '[]') from (
      select g.at, coalesce(sum(u.ok), 0) as ok, coalesce(sum(u.failed), 0) as failed,
        coalesce(sum(u.duplicate), 0) as duplicate, coalesce(sum(u.bytes), 0) as bytes
      -- Days are counted in local time, where one may have 23 or 25 hours; hours in UTC, where each comes once.
      from (
        select day at time zone upload_stats.time_zone as at from generate_series(
          date_trunc('day', since at time zone upload_stats.time_zone), last_at at time zone upload_stats.time_zone, interval '1 day'
        ) as day where step = 'day'
        union all
        select * from generate_series(date_trunc('hour', since, 'UTC'), last_at, interval '1 hour') where step = 'hour'
      ) as g
      left join public.upload_stats_hourly u
        on case step when 'hour' then u.hour else date_trunc('day', u.hour, upload_stats.time_zone) end = g.at
        and u.hour >= since - interval '1 day' and u.hour < last_at
        and (for_device_id is null or u.device_id = for_device_id)
      group by g.at
    ) as r
  );
end $$;
comment on function public.upload_stats(timestamptz, timestamptz, text, uuid, text) is
  '[{at, ok, failed, duplicate, bytes}] for each hour or day from the one of since on, empty ones too; of all devices that the caller may see, or of one';

revoke all on function public.usage_daily(text, date, date, text), public.upload_stats(timestamptz, timestamptz, text, uuid, text)
  from public, anon, authenticated, service_role;
grant execute on function public.usage_daily(text, date, date, text), public.upload_stats(timestamptz, timestamptz, text, uuid, text)
  to authenticated, service_role;
