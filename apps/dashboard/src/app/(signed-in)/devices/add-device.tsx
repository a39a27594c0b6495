"use client";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { NoServiceKey } from "../../../components/no-service-key.tsx";
import { ErrorState } from "../../../components/states.tsx";
import { useTRPC } from "../../../lib/trpc.ts";
import { DeviceCredentials } from "./device-credentials.tsx";
import { DeviceFields, type DeviceForm } from "./device-fields.tsx";

const EMPTY: DeviceForm = { name: "", time_zone: "UTC", interval: 60, series: "", shot_type: "" };

/** Adds a Pi: a name, an account of its own, and its credentials, shown once. */
export function AddDevice() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const me = useQuery(trpc.me.get.queryOptions());
  const [opened, { open, close }] = useDisclosure(false);
  const [slug, setSlug] = useState("");
  const [form, setForm] = useState(EMPTY);
  const create = useMutation(
    trpc.devices.create.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries(trpc.devices.pathFilter()),
      // The password is not to lie in the cache when nobody looks at it.
      gcTime: 0,
    }),
  );
  const phone = useMediaQuery("(max-width: 48em)");
  const badSlug = slug !== "" && !/^[a-z0-9-]{1,63}$/.test(slug);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      slug,
      time_zone: form.time_zone,
      ...(form.name.trim() !== "" && { name: form.name.trim() }),
      ...(form.interval !== "" && { expected_interval_s: form.interval }),
      ...(form.series.trim() !== "" && { series: form.series.trim() }),
      ...(form.shot_type.trim() !== "" && { shot_type: form.shot_type.trim() }),
    });
  };
  const leave = () => {
    close();
    create.reset();
    setSlug("");
    setForm(EMPTY);
  };

  return (
    <>
      <Button
        leftSection={<IconPlus size={18} />}
        onClick={() => {
          setForm({ ...EMPTY, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
          open();
        }}
      >
        Add a device
      </Button>
      <Modal
        opened={opened}
        onClose={leave}
        title={create.data ? `${create.data.slug} is added` : "Add a device"}
        size="lg"
        fullScreen={phone ?? false}
        // What is shown once must not go by a slip of the hand.
        closeOnClickOutside={!create.data}
        closeOnEscape={!create.data}
        withCloseButton={!create.data}
      >
        {create.data ? (
          <Stack>
            <DeviceCredentials {...create.data} />
            <Group justify="flex-end">
              <Button onClick={leave}>I have kept the file</Button>
            </Group>
          </Stack>
        ) : me.data && !me.data.canManagePeople ? (
          <NoServiceKey what="add devices" />
        ) : (
          <form onSubmit={submit}>
            <Stack>
              <TextInput
                label="Slug"
                description="Names its folder, its file and its host, such as greenhouse-1. It is never changed, and never given away again."
                error={badSlug && "1 to 63 lower-case letters, digits and hyphens"}
                value={slug}
                required
                maxLength={63}
                data-autofocus
                onChange={({ currentTarget: { value } }) => setSlug(value.trim().toLowerCase())}
              />
              <DeviceFields form={form} onChange={setForm} admin />
              {create.isError && <ErrorState error={create.error} title="The device was not added" />}
              <Group justify="flex-end">
                <Button variant="default" onClick={leave}>
                  Cancel
                </Button>
                <Button type="submit" loading={create.isPending} disabled={slug === "" || badSlug}>
                  Add
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Modal>
    </>
  );
}
