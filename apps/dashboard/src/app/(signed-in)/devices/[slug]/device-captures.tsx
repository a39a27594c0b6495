"use client";
import { Anchor, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Loading, QueryView } from "../../../../components/states.tsx";
import { TakenAge } from "../../../../components/taken-age.tsx";
import { live } from "../../../../lib/live-meta.ts";
import { useTRPC } from "../../../../lib/trpc.ts";
import tiles from "../../overview/tiles.module.css";

/** Its newest pictures; they come by themselves. */
export function DeviceCaptures({ device: { id, name } }: { device: DeviceWithStatus }) {
  const trpc = useTRPC();
  const latest = useQuery(
    trpc.captures.tiles.queryOptions({ deviceId: id, limit: 12 }, live("capture_batches")),
  );
  return (
    <Stack gap="sm" component="section" aria-label="Latest captures">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Latest captures
        </Title>
        <Anchor component={Link} href={`/captures?device=${id}`} size="sm">
          All of {name}
        </Anchor>
      </Group>
      <QueryView query={latest} loading={<Loading rows={1} height={120} />}>
        {({ captures }) =>
          captures.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <SimpleGrid cols={{ base: 3, xs: 4, md: 6, xl: 12 }} spacing="sm">
              {captures.map((capture) => (
                <Anchor
                  component={Link}
                  key={capture.id}
                  href={`/captures?device=${id}&capture=${capture.id}`}
                  underline="never"
                  c="inherit"
                  prefetch={false}
                >
                  <div className={tiles.picture} style={{ borderRadius: "var(--mantine-radius-sm)" }}>
                    <img src={`/api/thumbnails/${capture.id}`} alt={capture.file_name} loading="lazy" />
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
}
