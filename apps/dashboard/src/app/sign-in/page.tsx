import { Center, Paper, Stack, Text, Title } from "@mantine/core";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Mark } from "../../components/mark.tsx";
import { current } from "../../server/session/current.ts";
import { safePath } from "../../server/session/safe-path.ts";
import { SignInForm } from "./sign-in-form.tsx";

export const metadata: Metadata = { title: "Sign in" };

/** The door. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<{ next?: string; ended?: string }>;
}) {
  const { next: wanted, ended } = await searchParams;
  const next = safePath(wanted);
  // A session that the server no longer takes still has its cookies: sent on, it would come straight back.
  if (ended === undefined && (await current())) redirect(next);
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Stack align="center" gap={6}>
          <Mark size={44} />
          <Title order={1} size="h2">
            PiLab
          </Title>
          <Text c="dimmed">Captures, devices and storage of the lab</Text>
        </Stack>
        <Paper withBorder p="lg" radius="lg" shadow="sm">
          <SignInForm next={next} ended={ended !== undefined} />
        </Paper>
        <Text c="dimmed" size="sm" ta="center">
          No account? An admin of the lab can invite you. After the very first <code>npm start</code> the
          terminal shows the admin's address and password.
        </Text>
      </Stack>
    </Center>
  );
}
