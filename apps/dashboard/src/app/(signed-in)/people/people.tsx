"use client";
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import type { Person } from "@pilab/storage-core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type Column, DataTable } from "../../../components/data-table.tsx";
import { useIdentity } from "../../../components/identity.tsx";
import { NoServiceKey } from "../../../components/no-service-key.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { ToneBadge } from "../../../components/state-badge.tsx";
import { QueryView } from "../../../components/states.tsx";
import { Age, Time } from "../../../components/time.tsx";
import { useTRPC } from "../../../lib/trpc.ts";
import { AddProgram } from "./add-program.tsx";
import { Invite } from "./invite.tsx";
import { PersonActions } from "./person-actions.tsx";
import { RoleSelect } from "./role-select.tsx";

const DESCRIPTION =
  "Viewers look, operators also sort captures and take on alerts, admins also manage all the rest.";

/** The page. */
export function People() {
  const trpc = useTRPC();
  const me = useQuery(trpc.me.get.queryOptions());
  const able = me.data?.canManagePeople ?? false;
  const people = useQuery(trpc.people.list.queryOptions(undefined, { enabled: able }));
  if (me.data && !able) {
    return (
      <>
        <PageHeader title="People" description={DESCRIPTION} />
        <NoServiceKey what="manage people" />
      </>
    );
  }
  return (
    <>
      <PageHeader title="People" description={DESCRIPTION} actions={<Invite />} />
      <QueryView query={people}>
        {(all) => (
          <Stack gap="xl">
            <Accounts people={all.filter(({ program }) => !program)} />
            <Programs programs={all.filter(({ program }) => program)} />
          </Stack>
        )}
      </QueryView>
    </>
  );
}

function Accounts({ people }: { people: readonly Person[] }) {
  return <AccountList caption="People" people={people} columns={[WHO, ROLE, LAST, SINCE, ACTIONS]} />;
}

function Programs({ programs }: { programs: readonly Person[] }) {
  return (
    <Stack gap="sm" component="section" aria-label="Programs">
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={2} size="h4">
            Programs
          </Title>
          <Text size="sm" c="dimmed">
            Scripts and notebooks that read captures have accounts of their own, as viewers: they can change
            nothing.
          </Text>
        </div>
        <AddProgram />
      </Group>
      {programs.length === 0 ? (
        <Text c="dimmed" size="sm">
          None yet.
        </Text>
      ) : (
        <AccountList caption="Programs" people={programs} columns={[PROGRAM, LAST, SINCE, ACTIONS]} />
      )}
    </Stack>
  );
}

/** A table where there is room, else cards. */
function AccountList({
  caption,
  people,
  columns,
}: {
  caption: string;
  people: readonly Person[];
  columns: readonly Column<Person>[];
}) {
  return (
    <>
      <Card withBorder p={0} visibleFrom="sm">
        <DataTable caption={caption} columns={columns} rows={people} rowKey={({ id }) => id} />
      </Card>
      <Stack gap="sm" hiddenFrom="sm">
        {people.map((person) => (
          <Card key={person.id} withBorder p="sm" component="article" aria-label={person.email}>
            <Stack gap={6}>
              {columns.map(({ head, cell }) => (
                <Labelled key={head} label={LABELLED.has(head) ? head : undefined}>
                  {cell(person)}
                </Labelled>
              ))}
            </Stack>
          </Card>
        ))}
      </Stack>
    </>
  );
}

const LABELLED = new Set(["Last sign-in", "Since"]);

function Labelled({ label, children }: { label: string | undefined; children: ReactNode }) {
  if (label === undefined) return <div>{children}</div>;
  return (
    <Text size="sm" c="dimmed">
      {label}: {children}
    </Text>
  );
}

const WHO: Column<Person> = { head: "E-mail", cell: (person) => <Who person={person} /> };
const PROGRAM: Column<Person> = { head: "Program", cell: ({ email }) => <b>{email.split("@")[0]}</b> };
const ROLE: Column<Person> = { head: "Role", cell: (person) => <RoleSelect person={person} /> };
const LAST: Column<Person> = {
  head: "Last sign-in",
  cell: ({ last_sign_in_at: at }) => (at === null ? "never" : <Age at={at} />),
};
const SINCE: Column<Person> = { head: "Since", cell: ({ created_at }) => <Time at={created_at} /> };
const ACTIONS: Column<Person> = { head: "Actions", cell: (person) => <PersonActions person={person} /> };

function Who({ person }: { person: Person }) {
  const { userId } = useIdentity();
  return (
    <Group gap={6}>
      <span style={{ overflowWrap: "anywhere" }}>{person.email}</span>
      {person.id === userId && <ToneBadge tone="neutral">You</ToneBadge>}
    </Group>
  );
}
