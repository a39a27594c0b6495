"use client";
import { TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { NewAccount } from "./new-account.tsx";

/** An account for a program: a viewer, and the lines of environment that it signs in by. */
export function AddProgram() {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const bad = name !== "" && !/^[a-z0-9-]{1,63}$/.test(name);
  return (
    <NewAccount
      title="Add a program"
      done="The account is made"
      submit="Make the account"
      variant="default"
      leftSection={<IconPlus size={18} />}
      ready={name !== "" && !bad}
      onLeave={() => setName("")}
      make={async () => {
        const made = await client.people.addProgram.mutate({ name });
        void queryClient.invalidateQueries(trpc.people.pathFilter());
        return made;
      }}
    >
      <TextInput
        label="Name"
        description="Which program it is, such as notebook or plots"
        error={bad && "1 to 63 lower-case letters, digits and hyphens"}
        required
        maxLength={63}
        data-autofocus
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value.trim().toLowerCase())}
      />
    </NewAccount>
  );
}
