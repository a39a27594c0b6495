"use client";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import type { DeviceWithStatus } from "@pilab/storage-core";
import { type FormEvent, useState } from "react";
import { useIdentity } from "../../../../components/identity.tsx";
import { ErrorState } from "../../../../components/states.tsx";
import { useZone } from "../../../../components/time.tsx";
import { mayAct } from "../../../../lib/role.ts";
import { useTRPC, useTRPCClient } from "../../../../lib/trpc.ts";
import { useAct } from "../../../../lib/use-act.ts";
import { fromLocal, toLocal } from "../../../../lib/zoned.ts";
import { DeviceFields, type DeviceForm } from "../device-fields.tsx";

/** Changes what people set of a device; only what was changed is sent, so that two people can set two things. */
export function SettingsModal({ device, onClose }: { device: DeviceWithStatus; onClose: () => void }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const act = useAct([trpc.devices.pathFilter(), trpc.fleet.pathFilter()]);
  const admin = mayAct(useIdentity().role, "admin");
  const { timeZone } = useZone();
  const [before] = useState(() => formOf(device));
  const [form, setForm] = useState(before);
  const [pauseBefore] = useState(() =>
    device.paused_until === null ? "" : toLocal(device.paused_until, timeZone),
  );
  const [pause, setPause] = useState(pauseBefore);
  const [running, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setRunning(true);
    setError(undefined);
    const paused = pause === pauseBefore ? {} : { paused_until: fromLocal(pause, timeZone) ?? null };
    try {
      await client.devices.update.mutate({ id: device.id, ...changesOf(before, form), ...paused });
      await act("The settings are saved", async () => {});
      onClose();
    } catch (failure) {
      setError(failure);
      setRunning(false);
    }
  };

  return (
    <Modal opened onClose={onClose} title={`Settings of ${device.slug}`}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <DeviceFields form={form} onChange={setForm} admin={admin} />
          {admin && (
            <TextInput
              type="datetime-local"
              label="Paused until"
              description={`In ${timeZone}. Its agent takes pictures and uploads nothing before; empty: not paused.`}
              value={pause}
              onChange={({ currentTarget: { value } }) => setPause(value)}
            />
          )}
          {error !== undefined && <ErrorState error={error} title="The settings were not saved" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={running} disabled={form.name.trim() === ""}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function formOf(device: DeviceWithStatus): DeviceForm {
  return {
    name: device.name,
    time_zone: device.time_zone,
    interval: device.expected_interval_s ?? "",
    series: device.series ?? "",
    shot_type: device.shot_type ?? "",
  };
}

function changesOf(before: DeviceForm, form: DeviceForm) {
  const changed = (field: keyof DeviceForm) => form[field] !== before[field];
  return {
    ...(changed("name") && { name: form.name.trim() }),
    ...(changed("time_zone") && { time_zone: form.time_zone }),
    ...(changed("interval") && { expected_interval_s: form.interval === "" ? null : form.interval }),
    ...(changed("series") && { series: form.series.trim() || null }),
    ...(changed("shot_type") && { shot_type: form.shot_type.trim() || null }),
  };
}
