"use client";
import {
  Badge,
  Button,
  Group,
  NumberInput,
  Popover,
  PopoverDropdown,
  PopoverTarget,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconAdjustmentsHorizontal, IconX } from "@tabler/icons-react";
import { memo } from "react";
import { useZone } from "../../../components/time.tsx";
import { type CaptureFilter, countOf } from "../../../lib/capture-filter.ts";
import { fromLocal, toLocal } from "../../../lib/zoned.ts";

const MB = 1_000_000;

/** What there is to choose from. */
export interface FilterChoices {
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly series: readonly (string | null)[];
  readonly shotTypes: readonly (string | null)[];
}

/** What the gallery shows. The common filters stand open, the rest are one click away. */
export const FilterBar = memo(function FilterBar({
  filter,
  onChange,
  choices,
}: {
  filter: CaptureFilter;
  onChange: (filter: CaptureFilter) => void;
  /** undefined: not known yet. */
  choices: FilterChoices | undefined;
}) {
  const set = (fields: Partial<CaptureFilter>) => onChange(withoutEmpty({ ...filter, ...fields }));
  const { pinned, from, until, sizeBytes, sharpness, brightness } = filter;
  const more = countOf({ pinned, from, until, sizeBytes, sharpness, brightness });
  const labels = (values: readonly (string | null)[], chosen: string | undefined) => [
    ...new Set([...values, chosen].filter((value) => value != null)),
  ];

  return (
    <Group gap="xs" align="flex-end" role="search" aria-label="Filter captures">
      <Select
        aria-label="Device"
        placeholder="All devices"
        size="sm"
        w={{ base: "100%", xs: 170 }}
        clearable
        searchable
        value={filter.deviceId ?? null}
        onChange={(value) => set({ deviceId: value ?? undefined })}
        data={choices?.devices.map(({ id, name }) => ({ value: id, label: name })) ?? []}
      />
      <Select
        aria-label="Series"
        placeholder="All series"
        w={{ base: "calc(50% - 5px)", xs: 150 }}
        clearable
        searchable
        value={filter.series ?? null}
        onChange={(value) => set({ series: value ?? undefined })}
        data={labels(choices?.series ?? [], filter.series)}
      />
      <Select
        aria-label="Shot type"
        placeholder="All shot types"
        w={{ base: "calc(50% - 5px)", xs: 150 }}
        clearable
        searchable
        value={filter.shotType ?? null}
        onChange={(value) => set({ shotType: value ?? undefined })}
        data={labels(choices?.shotTypes ?? [], filter.shotType)}
      />
      <SegmentedControl
        aria-label="Where"
        value={filter.state ?? "live"}
        onChange={(value) => set({ state: value === "live" ? undefined : (value as CaptureFilter["state"]) })}
        data={[
          { value: "live", label: "Stored" },
          { value: "trashed", label: "Trash" },
        ]}
      />
      <Popover position="bottom-start" withArrow shadow="md" trapFocus width={340}>
        <PopoverTarget>
          <Button
            variant="default"
            leftSection={<IconAdjustmentsHorizontal size={16} />}
            rightSection={
              more > 0 && (
                <Badge size="sm" circle>
                  {more}
                </Badge>
              )
            }
          >
            More filters
          </Button>
        </PopoverTarget>
        <PopoverDropdown>
          <MoreFilters filter={filter} set={set} />
        </PopoverDropdown>
      </Popover>
      {countOf(filter) > 0 && (
        <Button variant="subtle" leftSection={<IconX size={16} />} onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </Group>
  );
});

function MoreFilters({
  filter,
  set,
}: {
  filter: CaptureFilter;
  set: (fields: Partial<CaptureFilter>) => void;
}) {
  const { timeZone } = useZone();
  const time = (field: "from" | "until", label: string) => (
    <TextInput
      type="datetime-local"
      label={label}
      defaultValue={filter[field] === undefined ? "" : toLocal(filter[field], timeZone)}
      onBlur={({ currentTarget }) => {
        const instant = fromLocal(currentTarget.value, timeZone);
        if (instant !== filter[field]) set({ [field]: instant });
      }}
    />
  );
  const range = (field: "sizeBytes" | "sharpness" | "brightness", label: string, unit = 1) => (
    <Group gap="xs" align="flex-end" wrap="nowrap" role="group" aria-label={label}>
      {(["min", "max"] as const).map((side) => (
        <NumberInput
          key={side}
          label={`${label}, ${side === "min" ? "from" : "to"}`}
          min={0}
          {...(unit === 1 && { max: 1, step: 0.05 })}
          decimalScale={2}
          defaultValue={filter[field]?.[side] === undefined ? "" : (filter[field][side] as number) / unit}
          onBlur={({ currentTarget }) => {
            const text = currentTarget.value.trim();
            const value = text === "" ? undefined : Math.max(0, Number(text) * unit);
            if (value === filter[field]?.[side] || Number.isNaN(value)) return;
            set({ [field]: { ...filter[field], [side]: value } });
          }}
        />
      ))}
    </Group>
  );
  return (
    <Stack gap="sm">
      <SimpleGrid cols={1} spacing="xs">
        {time("from", "Taken from")}
        {time("until", "Taken before")}
      </SimpleGrid>
      <Text size="xs" c="dimmed">
        In {timeZone}
      </Text>
      {range("sharpness", "Sharpness")}
      {range("brightness", "Brightness")}
      {range("sizeBytes", "Size in MB", MB)}
      <SegmentedControl
        aria-label="Pinned"
        value={filter.pinned === undefined ? "any" : filter.pinned ? "yes" : "no"}
        onChange={(value) => set({ pinned: value === "any" ? undefined : value === "yes" })}
        data={[
          { value: "any", label: "All" },
          { value: "yes", label: "Pinned" },
          { value: "no", label: "Not pinned" },
        ]}
      />
    </Stack>
  );
}

function withoutEmpty(filter: CaptureFilter): CaptureFilter {
  const filled = Object.entries(filter).filter(
    ([, value]) =>
      value !== undefined &&
      (typeof value !== "object" || Object.values(value).some((side) => side !== undefined)),
  );
  return Object.fromEntries(filled) as CaptureFilter;
}
