import { Paper, Stack, Text, Title } from "@mantine/core";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { PageHeader } from "../../../components/page-header.tsx";
import { SHORTEST_PASSWORD } from "../../../server/session/change-password.ts";
import { current } from "../../../server/session/current.ts";
import { PasswordForm } from "./password-form.tsx";

export const metadata: Metadata = { title: "Account" };

/** One's own account. */
export default async function AccountPage() {
  const who = await current();
  if (!who) redirect("/sign-in?next=/account");
  const { email, role } = who.identity;
  return (
    <>
      <PageHeader title="Account" description={`${email}, ${role}`} />
      <Paper withBorder p="lg" radius="lg" maw={480} component="section" aria-labelledby="password">
        <Stack gap="md">
          <div>
            <Title order={2} size="h4" id="password">
              Password
            </Title>
            <Text size="sm" c="dimmed">
              A new one signs you out in all other browsers. Who has lost it asks an admin for a new one.
            </Text>
          </div>
          <PasswordForm email={email} shortest={SHORTEST_PASSWORD} />
        </Stack>
      </Paper>
    </>
  );
}
