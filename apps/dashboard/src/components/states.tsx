"use client";
import { Box, Button, Center, Code, Group, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCloudOff, IconRefresh } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useDeferredValue } from "react";
import { errorFacts } from "../lib/error-facts.ts";
import { byServer } from "../lib/server-clock.tsx";
import classes from "./loading.module.css";
import { Note } from "./note.tsx";
import { Age } from "./time.tsx";

/** Whether a note above says already that what is shown is old: one is enough. */
const StaleSaid = createContext(false);

/** Nothing to show, and what to do about it. */
export function EmptyState({
  icon,
  title,
  children,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
}) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap="xs" maw={460}>
        {icon !== undefined && (
          <ThemeIcon size={56} radius="xl" variant="light" aria-hidden="true">
            {icon}
          </ThemeIcon>
        )}
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        <Text component="div" c="dimmed" ta="center">
          {children}
        </Text>
      </Stack>
    </Center>
  );
}

/** What went wrong, what to do, and the id under which the log has it. */
export function ErrorState({
  error,
  title = "This could not be loaded",
  onRetry,
}: {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}) {
  const { message, hint, correlationId } = errorFacts(error);
  return (
    <Note tone="critical" role="alert" icon={<IconAlertTriangle />} title={title}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{message}</Text>
        {hint !== undefined && <Text size="sm">{hint}</Text>}
        {correlationId !== undefined && (
          <Text size="xs" c="dimmed">
            In the log: <Code>{correlationId}</Code>
          </Text>
        )}
        {onRetry && (
          <Button size="xs" variant="default" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Note>
  );
}

/** Grey shapes while something loads; a reader of the screen hears that it does. */
export function Loading({ rows = 4, height = 44 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
      <Text size="sm" c="dimmed" className={classes.slow}>
        This takes longer than usual. The page shows what it can as soon as it comes; if nothing does,
        /api/health says what is away.
      </Text>
    </Stack>
  );
}

/** The three faces of a query. What is on the screen stays there when a later refresh fails, with a note of its age above it. */
export function QueryView<T>({
  query,
  loading = <Loading />,
  children,
}: {
  query: UseQueryResult<T, unknown>;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const said = useContext(StaleSaid);
  // Content that comes to a page in use is drawn bit by bit, between what a person does.
  const isDrawn = useDeferredValue(query.data !== undefined);
  if (query.data !== undefined && isDrawn) {
    return (
      <>
        {query.isError && !said && <StaleNote query={query} />}
        <StaleSaid value={said || query.isError}>{children(query.data)}</StaleSaid>
      </>
    );
  }
  if (query.data === undefined && query.isError)
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return loading;
}

/** Says how old what is on the screen is, and why nothing newer comes. */
export function StaleNote({
  query,
}: {
  query: Pick<UseQueryResult<unknown, unknown>, "error" | "dataUpdatedAt" | "refetch">;
}) {
  return (
    <Box mb="md">
      <Note
        tone="warning"
        icon={<IconCloudOff />}
        title={
          <>
            Last updated <Age at={new Date(byServer(query.dataUpdatedAt))} />
          </>
        }
      >
        <Group justify="space-between" gap="xs">
          <Text size="sm">{errorFacts(query.error).message} The page goes on by itself.</Text>
          <Button size="compact-xs" variant="default" onClick={() => void query.refetch()}>
            Try again
          </Button>
        </Group>
      </Note>
    </Box>
  );
}
