"use client";
import { Group, Select, TextInput } from "@mantine/core";
import type { Overview } from "@pilab/storage-core";
import { useZone } from "../../../components/time.tsx";
import type { FilmFilter } from "../../../lib/film-filter.ts";
import { fromLocal, toLocal } from "../../../lib/zoned.ts";

/** Which film: a series, a device or both, and from when to when. */
export function FilmPicker({
  filter,
  onChange,
  overview,
}: {
  filter: FilmFilter;
  onChange: (filter: FilmFilter) => void;
  overview: Overview;
}) {
  const { timeZone } = useZone();
  const set = (fields: Partial<FilmFilter>) => onChange({ ...filter, ...fields });
  const known = overview.usage.by_series.map(({ series }) => series);
  const series = [...new Set([...known, filter.series ?? null])].filter((value) => value !== null);
  const time = (field: "from" | "until", label: string) => (
    <TextInput
      // What stands in it is its own until it is left: another time, another field.
      key={`${field} ${filter[field]} ${timeZone}`}
      type="datetime-local"
      label={label}
      w={{ base: "calc(50% - 5px)", xs: 200 }}
      defaultValue={filter[field] === undefined ? "" : toLocal(filter[field], timeZone)}
      onBlur={({ currentTarget: { value } }) => {
        const instant = fromLocal(value, timeZone);
        const before = filter[field] && fromLocal(toLocal(filter[field], timeZone), timeZone);
        if (instant !== before) set({ [field]: instant });
      }}
    />
  );
  return (
    <Group gap="xs" mb="md" align="flex-end" role="search" aria-label="Choose a film">
      <Select
        label="Series"
        placeholder="Any series"
        w={{ base: "100%", xs: 220 }}
        searchable
        clearable={filter.deviceId !== undefined}
        value={filter.series ?? null}
        onChange={(value) => set({ series: value ?? undefined })}
        data={series}
      />
      <Select
        label="Device"
        placeholder="All devices"
        w={{ base: "100%", xs: 220 }}
        searchable
        clearable={filter.series !== undefined}
        value={filter.deviceId ?? null}
        onChange={(value) => set({ deviceId: value ?? undefined })}
        data={overview.devices.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {time("from", "Taken from")}
      {time("until", "Taken before")}
    </Group>
  );
}
