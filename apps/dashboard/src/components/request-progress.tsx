"use client";
import { Group, Loader, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { FollowedRequest } from "../lib/worker-request.ts";
import { Note } from "./note.tsx";
import { ErrorState } from "./states.tsx";
import { useNow } from "./time.tsx";
import { useWorkerStatus } from "./worker-notice.tsx";

const SLOW_AFTER_MS = 20_000;

/** How far a request to the worker is, and why it failed; nothing once it is answered well. */
export function RequestProgress({ request, what }: { request: FollowedRequest; what: string }) {
  const { answer, error, isWaiting } = request;
  if (isWaiting) return <Waiting request={request} what={what} />;
  if (answer?.state === "failed") {
    return (
      <Note tone="critical" role="alert" icon={<IconAlertTriangle />} title={`${what} failed`}>
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {answer.error}
        </Text>
      </Note>
    );
  }
  return error ? <ErrorState error={error} /> : null;
}

function Waiting({ request: { answer, error }, what }: { request: FollowedRequest; what: string }) {
  const nowMs = useNow();
  const alive = useWorkerStatus()?.alive ?? true;
  const isSlow = answer !== undefined && nowMs - Date.parse(answer.created_at) > SLOW_AFTER_MS;
  return (
    <Group gap="sm" role="status" wrap="nowrap">
      <Loader size="sm" aria-hidden />
      <Text size="sm">
        {error
          ? "The dashboard cannot say how far it is; it asks again."
          : answer?.state === "running"
            ? `${what}: the worker is at it …`
            : alive
              ? `${what}: waiting for the worker …`
              : `${what}: asked, and no worker is there to answer. It is answered when one starts.`}
        {isSlow && alive && " This takes longer than usual."}
      </Text>
    </Group>
  );
}
