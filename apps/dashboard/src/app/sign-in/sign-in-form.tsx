"use client";
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useActionState } from "react";
import { signIn } from "./actions.ts";

/** Works before its script is there, too: it is a form. */
export function SignInForm({ next, ended }: { next: string; ended: boolean }) {
  const [state, action, pending] = useActionState(signIn, { email: "" });
  return (
    <form action={action}>
      <Stack gap="md">
        {state.message !== undefined && (
          <Alert role="alert" color="red" icon={<IconAlertCircle size={18} />} p="sm">
            {state.message}
          </Alert>
        )}
        {ended && state.message === undefined && (
          <Alert role="status" color="yellow" p="sm">
            Your session has ended. Sign in to go on where you were.
          </Alert>
        )}
        <input type="hidden" name="next" value={next} />
        <TextInput
          name="email"
          type="email"
          label="E-mail"
          autoComplete="username"
          defaultValue={state.email}
          key={state.email}
          required
          withAsterisk={false}
          autoFocus
        />
        <PasswordInput
          name="password"
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
        />
        <Button type="submit" loading={pending} fullWidth mt="xs">
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
