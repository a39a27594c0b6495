"use client";
import { Grid, GridCol, Stack } from "@mantine/core";
import type { Overview } from "@pilab/storage-core";
import { IconMovie } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useSearchParams } from "next/navigation";
import { useMemo } from "react";
import { CadenceCard } from "../../../components/cadence/cadence-card.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState, Loading, QueryView } from "../../../components/states.tsx";
import { Time } from "../../../components/time.tsx";
import { type FilmFilter, filmFromSearch, filmToSearch } from "../../../lib/film-filter.ts";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { FilmPicker } from "./film-picker.tsx";
import { MovieCard } from "./movie-card.tsx";
import { FilmPlayer } from "./player.tsx";
import { SkipCard } from "./skip-card.tsx";

/** The page. */
export function Timelapse() {
  const trpc = useTRPC();
  const overview = useQuery(trpc.fleet.overview.queryOptions(undefined, live("device_status")));
  return (
    <>
      <PageHeader title="Timelapse" description="Every frame of a series, the oldest first" />
      <QueryView query={overview} loading={<Loading rows={3} height={160} />}>
        {(data) => <Film overview={data} />}
      </QueryView>
    </>
  );
}

function Film({ overview }: { overview: Overview }) {
  const search = useSearchParams().toString();
  const asked = useMemo(() => filmFromSearch(new URLSearchParams(search)), [search]);
  const { series, deviceId } = asked;
  const fallback = series === undefined && deviceId === undefined ? defaultFilm(overview) : undefined;
  const filter = useMemo(() => ({ ...asked, ...fallback }), [asked, fallback?.series, fallback?.deviceId]);
  const setFilter = (next: FilmFilter) =>
    window.history.replaceState(null, "", `/timelapse?${filmToSearch(next)}`);
  const deviceNames = useMemo(
    () => new Map(overview.devices.map(({ id, name }) => [id, name])),
    [overview.devices],
  );

  const trpc = useTRPC();
  const { dark: _, blurred: __, ...which } = filter;
  const isChosen = filter.series !== undefined || filter.deviceId !== undefined;
  const bounds = useQuery(
    trpc.timelapse.bounds.queryOptions(which, {
      ...live("capture_batches"),
      enabled: isChosen,
    }),
  );
  if (!isChosen) {
    return (
      <EmptyState icon={<IconMovie size={28} />} title="No captures yet">
        A film needs frames: they come by themselves as <Link href="/devices">devices</Link> upload.
      </EmptyState>
    );
  }
  return (
    <>
      <FilmPicker filter={filter} onChange={setFilter} overview={overview} />
      <QueryView query={bounds} loading={<Loading rows={1} height={420} />}>
        {(ends) =>
          ends === null ? (
            <EmptyState icon={<IconMovie size={28} />} title="No frame fits">
              Choose another series, device or time.
            </EmptyState>
          ) : (
            <Grid gap="lg">
              <GridCol span={{ base: 12, lg: 8 }}>
                <FilmPlayer
                  key={filmToSearch({ ...filter, dark: null, blurred: null }).toString()}
                  filter={filter}
                  bounds={ends}
                  deviceNames={deviceNames}
                />
              </GridCol>
              <GridCol span={{ base: 12, lg: 4 }}>
                <Stack gap="lg">
                  <SkipCard filter={filter} onChange={setFilter} />
                  <MovieCard
                    filter={filter}
                    ends={
                      <>
                        From <Time at={ends.first} /> to <Time at={ends.last} />
                      </>
                    }
                  />
                </Stack>
              </GridCol>
            </Grid>
          )
        }
      </QueryView>
      {bounds.data !== null && (
        <Stack mt="lg">
          <CadenceCard
            {...(filter.deviceId === undefined
              ? { series: filter.series as string }
              : { deviceId: filter.deviceId })}
          />
        </Stack>
      )}
    </>
  );
}

/** What is shown before anything is chosen: the largest series, or else a device that has sent something. */
function defaultFilm({ usage, devices }: Overview): Pick<FilmFilter, "series" | "deviceId"> | undefined {
  const series = usage.by_series.find((entry) => entry.series !== null)?.series;
  if (series) return { series };
  const device = devices.find(({ last_capture }) => last_capture !== null);
  return device && { deviceId: device.id };
}
