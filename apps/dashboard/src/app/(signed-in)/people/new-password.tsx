"use client";
import { Button, Code, Group, Stack, Text } from "@mantine/core";
import type { Person } from "@pilab/storage-core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Note } from "../../../components/note.tsx";
import { ShownOnce } from "../../../components/shown-once.tsx";

/** An account's password, this once: for a person to be handed over, for a program as lines of its environment. */
export function NewPassword({
  made: { person, password, project },
  onKept,
}: {
  made: {
    person: Person;
    password: string;
    project?: { url: string; anonKey: string; bucket: string };
  };
  onKept: () => void;
}) {
  const forProgram = person.program && project !== undefined;
  return (
    <Stack>
      <Note tone="warning" icon={<IconAlertTriangle />} title="Shown this once">
        <Text size="sm">
          {forProgram
            ? "The password is stored nowhere that can be read. Put these lines into the program's environment; whoever has them can see every capture."
            : "The password is stored nowhere that can be read. Hand it over yourself, by a way that only this person reads; no mail was sent."}
        </Text>
      </Note>
      <ShownOnce
        label={`Credentials of ${person.email}`}
        text={
          forProgram
            ? environment(person.email, password, project)
            : `${window.location.origin}\nE-mail: ${person.email}\nPassword: ${password}`
        }
      />
      {forProgram && (
        <Text size="sm" c="dimmed">
          <Code>createPilabClientFromEnvironment()</Code> of the SDK reads them. SUPABASE_URL is the address
          by which the dashboard reaches Supabase; from another machine it may be another.
        </Text>
      )}
      <Group justify="flex-end">
        <Button onClick={onKept}>I have kept it</Button>
      </Group>
    </Stack>
  );
}

function environment(
  email: string,
  password: string,
  { url, anonKey, bucket }: { url: string; anonKey: string; bucket: string },
): string {
  return [
    `SUPABASE_URL=${url}`,
    `SUPABASE_ANON_KEY=${anonKey}`,
    `STORAGE_BUCKET=${bucket}`,
    `PILAB_EMAIL=${email}`,
    `PILAB_PASSWORD=${password}`,
  ].join("\n");
}
