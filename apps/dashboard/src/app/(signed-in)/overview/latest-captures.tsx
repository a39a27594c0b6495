"use client";
import { Anchor, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Loading, QueryView } from "../../../components/states.tsx";
import { Thumbnail } from "../../../components/thumbnail.tsx";
import { Age } from "../../../components/time.tsx";
import { live } from "../../../lib/live-meta.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import classes from "./tiles.module.css";

/** The newest captures of all devices; they come by themselves. */
export function LatestCaptures() {
  const trpc = useTRPC();
  const latest = useQuery(trpc.captures.tiles.queryOptions({ limit: 12 }, live("capture_batches")));
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
        {({ captures }) =>
          captures.length === 0 ? (
            <Text c="dimmed">None yet.</Text>
          ) : (
            <SimpleGrid cols={{ base: 3, xs: 4, md: 6, xl: 12 }} spacing="sm">
              {captures.map(({ id, file_name, captured_at }) => (
                <Anchor
                  component={Link}
                  key={id}
                  href={`/captures?capture=${id}`}
                  underline="never"
                  c="inherit"
                  prefetch={false}
                >
                  <div className={classes.picture} style={{ borderRadius: "var(--mantine-radius-sm)" }}>
                    <Thumbnail id={id} alt={file_name} />
                  </div>
                  <Text size="xs" c="dimmed" mt={2} truncate>
                    <Age at={captured_at} />
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
