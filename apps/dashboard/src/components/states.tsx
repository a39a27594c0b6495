"use client";
import { Alert, Button, Center, Code, Group, Skeleton, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { errorFacts } from "../lib/error-facts.ts";

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
    <Alert role="alert" color="red" variant="light" icon={<IconAlertTriangle />} title={title}>
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
    </Alert>
  );
}

/** Grey shapes while something loads; a reader of the screen hears that it does. */
export function Loading({ rows = 4, height = 44 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} />
      ))}
    </Stack>
  );
}

/** The three faces of a query. What is on the screen stays there when a later refresh fails, with a note above it. */
export function QueryView<T>({
  query,
  loading = <Loading />,
  children,
}: {
  query: UseQueryResult<T, unknown>;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <Stale error={query.error} onRetry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return loading;
}

function Stale({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Alert color="orange" variant="light" p="xs" mb="md" role="status">
      <Group justify="space-between" gap="xs">
        <Text size="sm">What you see may be old: {errorFacts(error).message}</Text>
        <Button size="compact-xs" variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
