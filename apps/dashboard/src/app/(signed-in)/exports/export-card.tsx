"use client";
import {
  Button,
  Card,
  Group,
  SegmentedControl,
  Select,
  SimpleGrid,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { useZone } from "../../../components/time.tsx";
import { EXPORT_FORMATS, type ExportFormat, type ExportKind, exportUrl } from "../../../lib/export-kinds.ts";
import { fromLocal } from "../../../lib/zoned.ts";

/** A filter of which one value is chosen, or none. */
export interface ChoiceField {
  /** Its name in the file's address. */
  readonly name: string;
  readonly label: string;
  /** What is shown when nothing is chosen. */
  readonly all: string;
  readonly options: readonly (string | { value: string; label: string })[];
}

/** One kind of file: what is in it, which part, in which format. */
export function ExportCard({
  kind,
  title,
  range: { label, exact = false, names = ["from", "until"] },
  choices = [],
  children,
}: {
  kind: ExportKind;
  title: string;
  /** The period: to the minute in the zone that is chosen, or in UTC days. */
  range: { label: string; exact?: boolean; names?: readonly [string, string] };
  choices?: readonly ChoiceField[];
  children: ReactNode;
}) {
  const { timeZone } = useZone();
  const [format, setFormat] = useState<ExportFormat>("csv");
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const set = (name: string, value: string | null | undefined) =>
    setFields((before) => ({ ...before, [name]: value ?? "" }));
  const href = exportUrl(kind, format, Object.entries(fields));

  return (
    <Card withBorder component="section" aria-label={title} padding="lg">
      <Title order={2} size="h4">
        {title}
      </Title>
      <Text size="sm" c="dimmed" mt={4} mb="md" component="div">
        {children}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {names.map((name, side) => (
          <TextInput
            key={name}
            type={exact ? "datetime-local" : "date"}
            label={`${label} ${side === 0 ? "from" : "before"}`}
            onChange={({ currentTarget: { value } }) => set(name, exact ? fromLocal(value, timeZone) : value)}
          />
        ))}
        {choices.map(({ name, label, all, options }) => (
          <Select
            key={name}
            label={label}
            placeholder={all}
            clearable
            searchable={options.length > 5}
            value={fields[name] || null}
            onChange={(value) => set(name, value)}
            data={options}
          />
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt={6} mb="md">
        {exact
          ? `Times to choose from are in ${timeZone}`
          : "Days are those of UTC; without a beginning, the last year"}
      </Text>
      <Group justify="space-between" gap="sm" mt="auto">
        <SegmentedControl
          aria-label={`Format of ${title.toLowerCase()}`}
          value={format}
          onChange={(value) => setFormat(value as ExportFormat)}
          data={EXPORT_FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
        />
        <Button component="a" href={href} download variant="light" leftSection={<IconDownload size={16} />}>
          Save {format.toUpperCase()}
        </Button>
      </Group>
    </Card>
  );
}
