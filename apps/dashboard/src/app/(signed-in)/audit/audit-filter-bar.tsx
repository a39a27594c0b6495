"use client";
import { Autocomplete, Button, Collapse, Group, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { useZone } from "../../../components/time.tsx";
import { isUuid } from "../../../lib/address-checks.ts";
import type { AuditFilter } from "../../../lib/audit-filter.ts";
import { fromLocal, toLocal } from "../../../lib/zoned.ts";
import { type AuditNames, actorChoices, actorNames, actorOf } from "./actors.ts";

const ACTIONS = [
  "alert.acknowledged",
  "alert.silenced",
  "capture.pinned",
  "capture.purged",
  "capture.restored",
  "capture.soft_deleted",
  "capture.unpinned",
  "device.changed",
  "device.created",
  "retention_policy.changed",
  "retention_policy.created",
  "retention_policy.deleted",
  "retention_run.braked",
  "retention_run.done",
  "retention_run.failed",
  "worker_request.created",
];

const GRID = { cols: { base: 2, md: 5 }, spacing: "sm", verticalSpacing: "sm" } as const;

/** What to look for; it is looked for on Return or the button, and then stands in the address. */
export function AuditFilterBar({
  filter,
  onChange,
  names,
}: {
  filter: AuditFilter;
  onChange: (filter: AuditFilter) => void;
  names: AuditNames | undefined;
}) {
  const { timeZone } = useZone();
  const { objectType, objectId, correlationId } = filter;
  const [isMore, { toggle }] = useDisclosure(
    [objectType, objectId, correlationId].some((value) => value !== undefined),
  );
  const [draft, setDraft] = useState<Record<keyof AuditFilter, string>>({
    since: filter.since === undefined ? "" : toLocal(filter.since, timeZone),
    until: filter.until === undefined ? "" : toLocal(filter.until, timeZone),
    actor: actorNames(names)[filter.actor ?? ""] ?? filter.actor ?? "",
    action: filter.action ?? "",
    objectType: filter.objectType ?? "",
    objectId: filter.objectId ?? "",
    deviceId: filter.deviceId ?? "",
    correlationId: filter.correlationId ?? "",
  });
  const set = (field: keyof AuditFilter) => (value: string) =>
    setDraft({ ...draft, [field]: field === "actor" ? value : value.trim() });
  const wrongId = draft.correlationId !== "" && !isUuid(draft.correlationId);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (wrongId) return;
    const { since, until, actor, ...texts } = draft;
    const given = Object.entries({
      ...texts,
      actor: actorOf(actor.trim(), names),
      since: since && fromLocal(since, timeZone),
      until: until && fromLocal(until, timeZone),
    }).filter(([, value]) => value !== "" && value !== undefined);
    onChange(Object.fromEntries(given) as AuditFilter);
  }

  const text = (field: keyof AuditFilter, label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={draft[field]}
      onChange={({ currentTarget }) => set(field)(currentTarget.value)}
    />
  );
  return (
    <Stack
      component="form"
      role="search"
      aria-label="Filter the audit log"
      onSubmit={submit}
      gap="sm"
      mb="lg"
    >
      <SimpleGrid {...GRID}>
        <TextInput
          type="datetime-local"
          label="Since"
          value={draft.since}
          onChange={({ currentTarget }) => set("since")(currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label="Until"
          value={draft.until}
          onChange={({ currentTarget }) => set("until")(currentTarget.value)}
        />
        <Autocomplete
          label="Action"
          placeholder="capture.restored"
          data={ACTIONS}
          value={draft.action}
          onChange={set("action")}
        />
        <Autocomplete
          label="By whom"
          placeholder="Anybody"
          data={actorChoices(names)}
          value={draft.actor}
          onChange={set("actor")}
        />
        <Select
          label="Device"
          placeholder="Any device"
          clearable
          searchable
          data={Object.entries(names?.devices ?? {}).map(([value, label]) => ({ value, label }))}
          value={draft.deviceId === "" ? null : draft.deviceId}
          onChange={(value) => set("deviceId")(value ?? "")}
        />
      </SimpleGrid>
      <Collapse expanded={isMore}>
        <SimpleGrid {...GRID}>
          {text("objectType", "Kind of object", "capture")}
          {text("objectId", "Object", "Its id")}
          <TextInput
            label="Job"
            placeholder="Correlation id"
            error={wrongId && "A correlation id is a UUID"}
            value={draft.correlationId}
            onChange={({ currentTarget }) => set("correlationId")(currentTarget.value)}
          />
        </SimpleGrid>
      </Collapse>
      <Group gap="sm">
        <Button type="submit">Search</Button>
        <Button variant="default" onClick={toggle} aria-expanded={isMore}>
          {isMore ? "Fewer fields" : "More fields"}
        </Button>
        {Object.keys(filter).length > 0 && (
          <Button variant="subtle" color="gray" onClick={() => onChange({})}>
            Show everything
          </Button>
        )}
      </Group>
    </Stack>
  );
}
