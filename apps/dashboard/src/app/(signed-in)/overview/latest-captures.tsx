"use client";
import { Anchor, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { memo } from "react";
import { Loading, QueryView } from "../../../components/states.tsx";
import { TakenAge } from "../../../components/taken-age.tsx";
import { Thumbnail } from "../../../components/thumbnail.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { LATEST } from "./latest.ts";
import classes from "./tiles.module.css";

/** What arrived last from all devices, whatever their clocks say; it comes by itself. */
export const LatestCaptures = memo(function LatestCaptures() {
  const trpc = useTRPC();
  const latest = useQuery(
    trpc.captures.arrivals.queryOptions({ limit: LATEST }, live("capture_batches", "retention_runs")),
  );
  return (
    <Stack gap="sm" component="section" aria-label="Latest captures">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Latest captures
        </Title>
        <Anchor component={Link} href="/captures" size="sm">
          All captures
        </Anchor>
      </Group>
      <QueryView query={latest} loading={<Loading rows={1} height={120} />}>
        {(captures) =>
          captures.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <SimpleGrid cols={{ base: 3, xs: 4, md: 6, xl: 12 }} spacing="sm">
              {captures.map((capture) => (
                <Anchor
                  component={Link}
                  key={capture.id}
                  href={`/captures?capture=${capture.id}`}
                  underline="never"
                  c="inherit"
                  prefetch={false}
                >
                  <div className={classes.picture} style={{ borderRadius: "var(--mantine-radius-sm)" }}>
                    <Thumbnail id={capture.id} alt={capture.file_name} />
                  </div>
                  <Text size="xs" c="dimmed" mt={2} truncate>
                    <TakenAge of={capture} />
                  </Text>
                </Anchor>
              ))}
            </SimpleGrid>
          )
        }
      </QueryView>
    </Stack>
  );
});
