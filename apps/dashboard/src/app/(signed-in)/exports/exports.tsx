"use client";
import { List, SimpleGrid, Text } from "@mantine/core";
import type { Overview } from "@pilab/storage-core";
import { useQuery } from "@tanstack/react-query";
import { useIdentity } from "../../../components/identity.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { EXPORT_KINDS } from "../../../lib/export-kinds.ts";
import { live } from "../../../lib/live-meta.ts";
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { type ChoiceField, ExportCard } from "./export-card.tsx";

/** The page. */
export function Exports() {
  const trpc = useTRPC();
  const { role } = useIdentity();
  const { data } = useQuery(trpc.fleet.overview.queryOptions(undefined, live("device_status")));
  const device: ChoiceField = {
    name: "device",
    label: "Device",
    all: "All devices",
    options: data?.devices.map(({ id, name }) => ({ value: id, label: name })) ?? [],
  };
  return (
    <>
      <PageHeader title="Exports" description="Files of what is catalogued and counted, of any length" />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <ExportCard
          kind="captures"
          title="Captures"
          range={{ label: "Taken", exact: true }}
          choices={[device, ...labels(data), STATE]}
        >
          One row a capture, the oldest first: time, device, series, size, hash, measures and path; EXIF and
          metadata as JSON. The pictures themselves come as a ZIP from a selection in the gallery.
        </ExportCard>
        <ExportCard kind="usage" title="Usage" range={{ label: "Arrived" }} choices={[USAGE_BY]}>
          One row a UTC day with arrivals: files and bytes that came, and what of them is stored now.
        </ExportCard>
        <ExportCard
          kind="uploads"
          title="Uploads"
          range={{ label: "Uploaded" }}
          choices={[UPLOADS_BY, device]}
        >
          One row a step, those without uploads too: uploaded, failed, duplicates and bytes, as devices
          reported.
        </ExportCard>
        {mayAct(role, EXPORT_KINDS.audit) && (
          <ExportCard
            kind="audit"
            title="Audit log"
            range={{ label: "Written", exact: true, names: ["since", "until"] }}
          >
            One row a change. As JSONL it has its seals, so that it can be verified without the database:{" "}
            <code>pilab-retention audit verify --from-export</code>. The page Audit exports a part of it.
          </ExportCard>
        )}
      </SimpleGrid>
      <Text component="div" size="sm" c="dimmed" mt="lg">
        <List size="sm" spacing={4}>
          <List.Item>Times in files are UTC (ISO 8601), texts are UTF-8.</List.Item>
          <List.Item>
            In CSV, a text that a spreadsheet would run as a formula has an apostrophe before it; JSON and
            JSONL have it as it is.
          </List.Item>
          <List.Item>
            A file is written while you save it. When that is cut short, your browser says that it failed.
          </List.Item>
        </List>
      </Text>
    </>
  );
}

const STATE: ChoiceField = {
  name: "state",
  label: "Where",
  all: "Stored",
  options: [
    { value: "trashed", label: "In the trash" },
    { value: "any", label: "Any, removed ones too" },
  ],
};

const USAGE_BY: ChoiceField = {
  name: "by",
  label: "By",
  all: "All together",
  options: [
    { value: "device", label: "Device" },
    { value: "shot_type", label: "Shot type" },
    { value: "series", label: "Series" },
  ],
};

const UPLOADS_BY: ChoiceField = {
  name: "by",
  label: "Step",
  all: "Day",
  options: [{ value: "hour", label: "Hour" }],
};

function labels(data: Overview | undefined): ChoiceField[] {
  const choices = (values: (string | null)[] = []) => values.filter((value) => value !== null);
  return [
    {
      name: "series",
      label: "Series",
      all: "All series",
      options: choices(data?.usage.by_series.map(({ series }) => series)),
    },
    {
      name: "shot",
      label: "Shot type",
      all: "All shot types",
      options: choices(data?.usage.by_shot_type.map(({ shot_type }) => shot_type)),
    },
  ];
}
