"use client";
import { Fieldset, Select, SimpleGrid, Text } from "@mantine/core";
import type { Draft, Scopes } from "../draft.ts";

/** What a policy is about. One that there is keeps its scope, so that its preview is about the same captures. */
export function ScopeFields({
  draft,
  onChange,
  scopes,
  fixed,
}: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  scopes: Scopes | undefined;
  fixed: boolean;
}) {
  const field = (
    name: "series" | "device_id" | "shot_type",
    label: string,
    any: string,
    known: readonly (string | { value: string; label: string })[],
  ) => {
    const value = draft[name];
    const values = known.map((one) => (typeof one === "string" ? one : one.value));
    return (
      <Select
        label={label}
        placeholder={any}
        data={[...known, ...(value !== null && !values.includes(value) ? [value] : [])]}
        value={value}
        onChange={(next) => onChange({ ...draft, [name]: next })}
        clearable
        searchable
        disabled={fixed}
      />
    );
  };
  const devices = scopes?.devices.map(({ id, name }) => ({ value: id, label: name })) ?? [];
  const bucket = scopes?.bucket?.bucket_id;
  return (
    <Fieldset legend="Which captures" variant="unstyled">
      <Text size="sm" c="dimmed" mb="sm">
        {fixed
          ? "A policy keeps its scope. For other captures, make another policy."
          : "Nothing chosen means any. The most specific policy decides: series first, then device, shot type, bucket."}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
        {field("series", "Series", "Any series", scopes?.series ?? [])}
        {field("device_id", "Device", "Any device", devices)}
        {field("shot_type", "Shot type", "Any shot type", scopes?.shotTypes ?? [])}
        <Select
          label="Bucket"
          placeholder="Any bucket"
          data={[...new Set([bucket, draft.bucket_id].filter((one) => one != null))]}
          value={draft.bucket_id}
          onChange={(bucket_id) => onChange({ ...draft, bucket_id })}
          clearable
          disabled={fixed}
        />
      </SimpleGrid>
    </Fieldset>
  );
}
