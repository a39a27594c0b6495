"use client";
import { Grid, GridCol, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { PageHeader } from "../../../components/page-header.tsx";
import { Loading, QueryView } from "../../../components/states.tsx";
import { Age } from "../../../components/time.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { DeviceTiles } from "./device-tiles.tsx";
import { Figures } from "./figures.tsx";
import { GettingStarted } from "./getting-started.tsx";
import { LatestCaptures } from "./latest-captures.tsx";
import { StorageCard } from "./storage-card.tsx";
import { StoredOverTime } from "./stored-over-time.tsx";
import { UploadsCard } from "./uploads-card.tsx";

/** The page. */
export function Overview() {
  const trpc = useTRPC();
  const overview = useQuery(
    trpc.fleet.overview.queryOptions(undefined, live("capture_batches", "device_status", "alerts")),
  );
  return (
    <>
      <PageHeader
        title="Overview"
        description={
          overview.data && (
            <>
              As of <Age at={overview.data.read_at} />
            </>
          )
        }
      />
      <QueryView query={overview} loading={<Loading rows={4} height={120} />}>
        {(data) =>
          data.devices.length === 0 ? (
            <GettingStarted />
          ) : (
            <Stack gap="lg">
              <Figures data={data} />
              <DeviceTiles devices={data.devices} />
              <LatestCaptures />
              <Grid gap="lg">
                <GridCol span={{ base: 12, lg: 6 }}>
                  <UploadsCard lastDay={data.uploads} />
                </GridCol>
                <GridCol span={{ base: 12, lg: 6 }}>
                  <StoredOverTime stored={data.usage.stored} />
                </GridCol>
              </Grid>
              <StorageCard usage={data.usage} devices={data.devices} />
            </Stack>
          )
        }
      </QueryView>
    </>
  );
}
