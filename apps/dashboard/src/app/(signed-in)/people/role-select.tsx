"use client";
import { Select } from "@mantine/core";
import type { Person } from "@pilab/storage-core";
import { useState } from "react";
import { ROLES, type Role } from "../../../lib/role.ts";
import { useTRPC, useTRPCClient } from "../../../lib/trpc.ts";
import { useAct } from "../../../lib/use-act.ts";

const NAMES: Record<Role, string> = { viewer: "Viewer", operator: "Operator", admin: "Admin" };

/** The roles, for a choice. */
export const ROLE_CHOICES = ROLES.map((role) => ({ value: role, label: NAMES[role] }));

/** Somebody's role; choosing another gives it. */
export function RoleSelect({ person }: { person: Person }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const act = useAct([trpc.people.pathFilter()]);
  const [running, setRunning] = useState(false);
  const change = async (role: Role) => {
    setRunning(true);
    await act(`${person.email} is ${NAMES[role].toLowerCase()} now`, () =>
      client.people.setRole.mutate({ id: person.id, role }),
    );
    setRunning(false);
  };
  return (
    <Select
      aria-label={`Role of ${person.email}`}
      size="xs"
      w={130}
      allowDeselect={false}
      disabled={running}
      placeholder="None: sees nothing"
      value={person.role}
      onChange={(role) => role !== null && role !== person.role && void change(role as Role)}
      data={ROLE_CHOICES}
    />
  );
}
