"use client";
import { Alert, Button, PasswordInput, Stack } from "@mantine/core";
import { useActionState } from "react";
import { changeOwnPassword } from "./actions.ts";

/** Asks for the present password and the new one. */
export function PasswordForm({ email, shortest }: { email: string; shortest: number }) {
  const [{ field, message, done }, action, pending] = useActionState(changeOwnPassword, {
    field: null,
    message: "",
    done: false,
  });
  return (
    <form action={action}>
      <Stack gap="md">
        {message !== "" && field === null && (
          <Alert role={done ? "status" : "alert"} color={done ? "teal" : "red"} p="sm">
            {message}
          </Alert>
        )}
        {/* For password managers: whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          name="current"
          label="Current password"
          autoComplete="current-password"
          error={field === "current" && message}
          required
          withAsterisk={false}
        />
        <PasswordInput
          name="new"
          label="New password"
          description={`At least ${shortest} characters`}
          autoComplete="new-password"
          error={field === "new" && message}
          required
          withAsterisk={false}
        />
        <Button type="submit" loading={pending} style={{ alignSelf: "flex-start" }}>
          Change the password
        </Button>
      </Stack>
    </form>
  );
}
