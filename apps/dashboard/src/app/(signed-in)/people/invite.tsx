"use client";
import { Select, Text, TextInput } from "@mantine/core";
import { IconUserPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Role } from "../../../lib/role.ts";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { NewAccount } from "./new-account.tsx";
import { ROLE_CHOICES } from "./role-select.tsx";

/** Invites a person: an account with a role, and a password to hand over. */
export function Invite() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  return (
    <NewAccount
      title="Invite somebody"
      done="The account is made"
      submit="Make the account"
      leftSection={<IconUserPlus size={18} />}
      ready={email.trim() !== ""}
      onLeave={() => {
        setEmail("");
        setRole("viewer");
      }}
      make={async () => {
        const made = await client.people.invite.mutate({ email: email.trim(), role });
        void queryClient.invalidateQueries(trpc.people.pathFilter());
        return made;
      }}
    >
      <TextInput
        label="E-mail"
        type="email"
        required
        data-autofocus
        value={email}
        onChange={({ currentTarget: { value } }) => setEmail(value)}
      />
      <Select
        label="Role"
        allowDeselect={false}
        value={role}
        onChange={(value) => setRole((value ?? "viewer") as Role)}
        data={ROLE_CHOICES}
      />
      <Text size="sm" c="dimmed">
        No mail is sent: the account gets a password that is shown here once, for you to hand over.
      </Text>
    </NewAccount>
  );
}
