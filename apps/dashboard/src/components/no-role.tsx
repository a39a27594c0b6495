import { Button, Center, Code, Paper, Stack, Text, Title } from "@mantine/core";
import { Mark } from "./mark.tsx";

/** For who is signed in and was given no role: what to ask for, and whom. */
export function NoRole({ email }: { email: string }) {
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" radius="lg" maw={480}>
        <title>No role yet · PiLab</title>
        <Stack>
          <Mark size={40} />
          <Title order={1} size="h3">
            You are signed in, but have no role yet
          </Title>
          <Text>
            Ask an admin of the lab to give <b>{email}</b> one, on the page People: <b>viewer</b> to look,{" "}
            <b>operator</b> to sort and restore captures and to take on alerts, <b>admin</b> to change
            settings.
          </Text>
          <Text c="dimmed" size="sm">
            In Supabase it is <Code>app_metadata.pilab_role</Code> of the user. Sign out and in again when it
            is done.
          </Text>
          <form method="post" action="/api/sign-out">
            <Button type="submit" variant="default">
              Sign out
            </Button>
          </form>
        </Stack>
      </Paper>
    </Center>
  );
}
