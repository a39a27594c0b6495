"use client";
import { Button, Group, SegmentedControl, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import type { ChannelKind, NewAlertChannel, Severity } from "@pilab/schema";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import segments from "../../../../components/segments.module.css";
import { ErrorState } from "../../../../components/states.tsx";
import { useTRPC } from "../../../../lib/trpc.ts";
import type { ChannelRow } from "./channel-card.tsx";
import { KIND_LABELS, SECRET_WORDS } from "./channel-kinds.ts";

const SEVERITIES = [
  { value: "info", label: "Everything" },
  { value: "warning", label: "Warnings and critical ones" },
  { value: "critical", label: "Critical ones only" },
];

/** Makes a channel, or changes one; its kind stays. */
export function ChannelForm({ channel, onDone }: { channel?: ChannelRow; onDone: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? "webhook");
  const [name, setName] = useState(channel?.name ?? "");
  const [severity, setSeverity] = useState<Severity>(channel?.min_severity ?? "warning");
  const [secretEnv, setSecretEnv] = useState(channel?.secret_env ?? "");
  const [url, setUrl] = useState(textOf(channel?.config.url));
  const [from, setFrom] = useState(textOf(channel?.config.from));
  const [to, setTo] = useState(listOf(channel?.config.to));
  const then = {
    onSuccess: async () => {
      await queryClient.invalidateQueries(trpc.alerts.pathFilter());
      onDone();
    },
  };
  const create = useMutation(trpc.alerts.channels.create.mutationOptions(then));
  const update = useMutation(trpc.alerts.channels.update.mutationOptions(then));
  const error = create.error ?? update.error;
  const hasUrl = kind === "webhook" || kind === "ntfy";

  function submit(event: FormEvent) {
    event.preventDefault();
    const config = hasUrl ? { url } : kind === "email" ? { from, to } : {};
    const fields = { name, min_severity: severity, config, secret_env: secretEnv === "" ? null : secretEnv };
    if (channel) update.mutate({ id: channel.id, change: fields });
    else create.mutate({ ...fields, kind } as NewAlertChannel);
  }

  return (
    <Stack component="form" onSubmit={submit}>
      {!channel && (
        <SegmentedControl
          aria-label="Kind of channel"
          value={kind}
          onChange={(value) => setKind(value as ChannelKind)}
          data={Object.entries(KIND_LABELS).map(([value, label]) => ({ value, label }))}
          className={segments.fit}
        />
      )}
      <TextInput
        label="Name"
        description="Lower-case letters, digits and hyphens"
        placeholder="lab-room"
        pattern="[a-z0-9][a-z0-9\-]{0,62}"
        required
        data-autofocus
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      {hasUrl && (
        <TextInput
          label={kind === "ntfy" ? "URL of the topic" : "URL"}
          placeholder={kind === "ntfy" ? "https://ntfy.sh/our-lab" : "https://example.org/hook"}
          type="url"
          required
          value={url}
          onChange={({ currentTarget }) => setUrl(currentTarget.value)}
        />
      )}
      {kind === "email" && (
        <>
          <TextInput
            label="From"
            type="email"
            required
            value={from}
            onChange={({ currentTarget }) => setFrom(currentTarget.value)}
          />
          <TagsInput
            label="To"
            description="Return after each address"
            acceptValueOnBlur
            value={to}
            onChange={setTo}
          />
        </>
      )}
      <TextInput
        label="Variable of the worker's environment"
        description={SECRET_WORDS[kind]}
        placeholder="ALERT_LAB_ROOM"
        pattern="ALERT_[A-Z0-9_]{1,80}"
        title="The name of a variable that begins with ALERT_, not the secret itself"
        required={kind !== "ntfy"}
        value={secretEnv}
        onChange={({ currentTarget }) => setSecretEnv(currentTarget.value)}
      />
      <Select
        label="Tells"
        allowDeselect={false}
        data={SEVERITIES}
        value={severity}
        onChange={(value) => setSeverity(value as Severity)}
      />
      {error && <ErrorState error={error} title="This was not done" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={create.isPending || update.isPending}>
          {channel ? "Save" : "Add"}
        </Button>
      </Group>
    </Stack>
  );
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
