"use client";
import { Card, Checkbox, Group, Slider, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { FilmFilter } from "../../../lib/film-filter.ts";

const DEFAULTS = { dark: 0.1, blurred: 0.1 };
const TEXTS = {
  dark: { check: "Skip dark frames", limit: "Darker than" },
  blurred: { check: "Skip blurred frames", limit: "Less sharp than" },
};

/** Which frames a film leaves out. */
export function SkipCard({
  filter,
  onChange,
}: {
  filter: FilmFilter;
  onChange: (filter: FilmFilter) => void;
}) {
  return (
    <Card withBorder component="section" aria-label="Skip">
      <Title order={2} size="h4">
        Skip
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        By the measures of each picture, 0 to 1; those without any are shown
      </Text>
      <Stack gap="md">
        {(["dark", "blurred"] as const).map((kind) => (
          <Limit
            key={kind}
            kind={kind}
            value={filter[kind]}
            onChange={(value) => onChange({ ...filter, [kind]: value })}
          />
        ))}
      </Stack>
    </Card>
  );
}

function Limit({
  kind,
  value,
  onChange,
}: {
  kind: "dark" | "blurred";
  value: number | null;
  onChange: (value: number | null) => void;
}) {
  const [moved, setMoved] = useState<number>();
  const { check, limit } = TEXTS[kind];
  const shown = moved ?? value ?? DEFAULTS[kind];
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Checkbox
          label={check}
          checked={value !== null}
          onChange={({ currentTarget }) => onChange(currentTarget.checked ? shown : null)}
        />
        <Text size="sm" c="dimmed" className="tabular">
          {value === null ? "off" : `below ${shown.toFixed(2)}`}
        </Text>
      </Group>
      <Slider
        thumbLabel={limit}
        label={(share) => `${limit} ${share.toFixed(2)}`}
        min={0.01}
        max={0.8}
        step={0.01}
        size="sm"
        disabled={value === null}
        value={shown}
        onChange={setMoved}
        onChangeEnd={(share) => {
          setMoved(undefined);
          onChange(share);
        }}
      />
    </Stack>
  );
}
