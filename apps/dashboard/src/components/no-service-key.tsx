import { Code, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { Note } from "./note.tsx";

/** Why accounts cannot be made or changed from here, and how that is changed. */
export function NoServiceKey({ what }: { what: string }) {
  return (
    <Note tone="warning" icon={<IconKey />} title={`This dashboard cannot ${what}`}>
      <Stack gap="xs">
        <Text size="sm">
          Accounts are made and changed with the project's service key, and this dashboard was started without
          one. Everything else works.
        </Text>
        <Text size="sm">
          Set <Code>SUPABASE_SERVICE_ROLE_KEY</Code> (or <Code>SUPABASE_SECRET_KEY</Code>) in the environment
          of the dashboard's process and start it again: <Code>pilab-local keys</Code> prints it for
          local-supabase, hosted Supabase has it under Project Settings, API Keys. Until then the SDK does the
          same where the key lies, with <Code>devices.create()</Code> and <Code>people.create()</Code>.
        </Text>
      </Stack>
    </Note>
  );
}
