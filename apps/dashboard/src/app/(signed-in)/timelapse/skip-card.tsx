"use client";
import { Card, Checkbox, Slider, Stack, Title } from "@mantine/core";
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
      <Title order={2} size="h4" mb="sm">
        Skip
      </Title>
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
      <Checkbox
        label={check}
        checked={value !== null}
        onChange={({ currentTarget }) => onChange(currentTarget.checked ? shown : null)}
      />
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
