"use client";
import { Button, Card, Code, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { lengthWords } from "../../../components/cadence/gaps.ts";
import { formatCount } from "../../../components/format.ts";
import { errorFacts } from "../../../lib/error-facts.ts";
import { type FilmFilter, filmToSearch } from "../../../lib/film-filter.ts";
import { MOST_MOVIE_FRAMES } from "../../../lib/movie-limits.ts";
import { useTRPC } from "../../../lib/trpc.ts";

const FPS = [5, 10, 12, 24, 25, 30];
const EVERY = [1, 2, 5, 10, 30, 60];

/** The film as an MP4 file, where the dashboard's host can make one. */
export function MovieCard({ filter, ends }: { filter: FilmFilter; ends: ReactNode }) {
  const trpc = useTRPC();
  const { data: ffmpeg } = useQuery(
    trpc.timelapse.ffmpeg.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }),
  );
  return (
    <Card withBorder component="section" aria-label="Movie">
      <Title order={2} size="h4">
        Movie
      </Title>
      <Text size="sm" c="dimmed" mb="sm" component="div">
        {ends}
      </Text>
      {ffmpeg?.version === null ? (
        <Text size="sm">
          MP4 files need <Code>ffmpeg</Code> on the host of the dashboard, and there is none. Whoever runs it
          can install it (<Code>apt install ffmpeg</Code>) and start the dashboard again.
        </Text>
      ) : (
        <Movie filter={filter} />
      )}
    </Card>
  );
}

function Movie({ filter }: { filter: FilmFilter }) {
  const trpc = useTRPC();
  const [fps, setFps] = useState(24);
  const [every, setEvery] = useState(1);
  const search = new URLSearchParams([
    ...filmToSearch(filter),
    ["fps", String(fps)],
    ["every", String(every)],
  ]).toString();
  // Counting reads the series: only when somebody wants the file, and anew when something else is chosen.
  const [counted, setCounted] = useState<string>();
  const plan = useQuery(
    trpc.timelapse.moviePlan.queryOptions(
      {
        series: filter.series,
        device: filter.deviceId,
        from: filter.from,
        until: filter.until,
        ...(filter.dark !== null && { dark: filter.dark }),
        ...(filter.blurred !== null && { blurred: filter.blurred }),
        fps,
        every,
      },
      { enabled: counted === search },
    ),
  );
  const isCounted = counted === search;
  const problem = isCounted && plan.isError ? errorFacts(plan.error) : undefined;
  return (
    <Stack gap="sm">
      <Group grow gap="xs">
        <NativeSelect
          label="Speed"
          value={fps}
          onChange={({ currentTarget }) => setFps(Number(currentTarget.value))}
          data={FPS.map((value) => ({ value: String(value), label: `${value} frames/s` }))}
        />
        <NativeSelect
          label="Frames"
          value={every}
          onChange={({ currentTarget }) => setEvery(Number(currentTarget.value))}
          data={EVERY.map((value) => ({
            value: String(value),
            label: value === 1 ? "All" : `Every ${value}th`.replace("2th", "2nd"),
          }))}
        />
      </Group>
      {isCounted && plan.data ? (
        <>
          <Text size="sm">
            {formatCount(plan.data.frames)} frames,{" "}
            {plan.data.seconds < 60
              ? `${Math.ceil(plan.data.seconds)} s`
              : lengthWords(plan.data.seconds * 1000)}
          </Text>
          <Button
            component="a"
            href={`/api/export/movie?${search}`}
            download
            variant="light"
            leftSection={<IconDownload size={16} />}
          >
            Save MP4
          </Button>
          <Text size="xs" c="dimmed">
            It is made while you save it, one at a time.
          </Text>
        </>
      ) : (
        <Button
          variant="default"
          loading={isCounted && plan.isFetching}
          onClick={() => (isCounted ? void plan.refetch() : setCounted(search))}
        >
          Count frames
        </Button>
      )}
      {problem && (
        <Text size="sm" role="alert">
          {problem.message}. {problem.hint}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        At most {formatCount(MOST_MOVIE_FRAMES)} frames, without those that are skipped.
      </Text>
    </Stack>
  );
}
