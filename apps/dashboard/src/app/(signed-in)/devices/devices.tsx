"use client";
import { Checkbox, Group, Text, TextInput } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { byUrgency, needsOf } from "@pilab/storage-core/words";
import { IconCameraPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "../../../components/format.ts";
import { useIdentity } from "../../../components/identity.tsx";
import { PageHeader } from "../../../components/page-header.tsx";
import { EmptyState, QueryView } from "../../../components/states.tsx";
import { live } from "../../../lib/live-meta.ts";
import { mayAct } from "../../../lib/role.ts";
import { useTRPC } from "../../../lib/trpc.ts";
import { AddDevice } from "./add-device.tsx";
import { DeviceList } from "./device-list.tsx";

/** The page. */
export function Devices() {
  const trpc = useTRPC();
  const list = useQuery(trpc.devices.list.queryOptions(undefined, live("capture_batches", "device_status")));
  const admin = mayAct(useIdentity().role, "admin");
  const [text, setText] = useState("");
  const [retired, setRetired] = useState(false);
  const all = list.data ?? [];
  const retiredCount = all.filter(({ state }) => state === "retired").length;
  const shown = byUrgency(all).filter(
    ({ state, name, slug }) =>
      (retired || state !== "retired") && `${name} ${slug}`.toLowerCase().includes(text.trim().toLowerCase()),
  );

  return (
    <>
      <PageHeader title="Devices" description={list.data && inWords(all)} actions={admin && <AddDevice />} />
      <QueryView query={list}>
        {(devices) =>
          devices.length === 0 ? (
            <EmptyState icon={<IconCameraPlus size={28} />} title="No device yet">
              {admin
                ? "Add the first one: it gets an account of its own, whose credentials you copy to the Pi."
                : "An admin adds a Pi here and gets its credentials; its pictures then appear by themselves."}
            </EmptyState>
          ) : (
            <>
              <Group mb="sm" gap="md">
                <TextInput
                  aria-label="Find a device"
                  placeholder="Find a device"
                  leftSection={<IconSearch size={16} />}
                  value={text}
                  onChange={({ currentTarget: { value } }) => setText(value)}
                  w={{ base: "100%", xs: 260 }}
                />
                {retiredCount > 0 && (
                  <Checkbox
                    label={`Retired ones too (${formatCount(retiredCount)})`}
                    checked={retired}
                    onChange={({ currentTarget: { checked } }) => setRetired(checked)}
                  />
                )}
              </Group>
              {shown.length === 0 ? (
                <Text c="dimmed" py="lg">
                  {text === "" ? "All devices are retired." : `No device is called “${text}”.`}
                </Text>
              ) : (
                <DeviceList devices={shown} />
              )}
            </>
          )
        }
      </QueryView>
    </>
  );
}

function inWords(all: readonly DeviceWithStatus[]): string {
  const inService = all.filter(({ state }) => state !== "retired");
  const needy = inService.filter((device) => needsOf(device).length > 0).length;
  const count = `${formatCount(inService.length)} ${inService.length === 1 ? "device" : "devices"} in service`;
  if (inService.length === 0) return count;
  return `${count}; ${needy === 0 ? "none needs you" : `${formatCount(needy)} ${needy === 1 ? "needs" : "need"} you`}`;
}
